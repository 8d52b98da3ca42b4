// `signpost links create|archive`: by the same rules as the API.

import { userNamed } from '../accounts/users.ts';
import { systemClock } from '../core/clock.ts';
import { exitCodes } from '../core/exit.ts';
import { parseNewLink } from '../links/link-input.ts';
import { findEventsJob } from '../scheduler/job.ts';
import { requestJob } from '../scheduler/request-job-store.ts';
import { type Arguments, type Command, usageError } from './command.ts';
import { configFlags, databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';
import { letServerFollow } from './job-run.ts';
import { linkAccess, linkNamed } from './link-access.ts';

const addressFlags = { 'server-public-url': configFlags['server-public-url']! };

/** A whole number, or whatever else was given: its check names the field. */
function numberOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function bodyOf(given: Arguments): Record<string, unknown> {
  const fields = {
    destinationUrl: given.requiredText('url'),
    slug: given.text('slug'),
    domain: given.text('domain'),
    title: given.text('title'),
    tags: given
      .text('tags')
      ?.split(',')
      .map((tag) => tag.trim()),
    expiresAt: given.text('expires'),
    clickLimit: numberOf(given.text('click-limit')),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export const linksCreateCommand: Command = {
  flags: {
    user: { placeholder: 'USER', help: 'Id or e-mail address of the user it belongs to.' },
    url: { placeholder: 'URL', help: 'Where it leads.' },
    slug: { placeholder: 'TEXT', help: 'What stands behind the domain. Default: a drawn one.' },
    domain: { placeholder: 'HOST', help: "One of the user's verified domains. Default: the server's own." },
    title: { placeholder: 'TEXT', help: 'At most 200 characters.' },
    tags: { placeholder: 'A,B', help: 'At most 20.' },
    expires: { placeholder: 'WHEN', help: 'A time with its offset: 2027-01-31T12:00:00Z.' },
    'click-limit': { placeholder: 'N', help: 'How many clicks it takes.' },
    json: { help: 'Print the link as the API shows it.' },
    ...addressFlags,
    ...databaseFlags,
  },
  notes: ['The server may be running: it redirects the new link at once.'],
  async run(given) {
    const userName = given.requiredText('user');
    const body = bodyOf(given);
    const answer = await withDatabase(given, async (connection) => {
      const user = userNamed(connection, userName);
      const { links, presenter, inputContext, plans } = linkAccess(given, connection);
      const { maxLinks } = plans[user.plan];
      const made = await links.create({ userId: user.id, keyId: null, maxLinks }, parseNewLink(body, inputContext));
      // For webhooks. Redirects need nothing: what they do not know they look for.
      requestJob(connection, findEventsJob, systemClock.now());
      return presenter.object(made);
    });
    process.stdout.write(`${given.has('json') ? JSON.stringify(answer) : answer.shortUrl}\n`);
    return exitCodes.ok;
  },
};

export const linksArchiveCommand: Command = {
  flags: { json: { help: 'Print the link as the API shows it.' }, ...addressFlags, ...databaseFlags },
  positionals: ['ID'],
  notes: [
    'It answers 410, its slug stays taken, its clicks stay counted. The server may be running: the command ends when it has taken notice, within a few seconds.',
  ],
  async run(given) {
    const [publicId = ''] = given.positionals;
    if (publicId === '') throw usageError('ID is empty', 'links archive');
    const answer = await withDatabase(given, async (connection, dataFolder) => {
      const { userId } = linkNamed(connection, publicId).link;
      const { links, presenter } = linkAccess(given, connection);
      await links.archive({ userId, keyId: null, maxLinks: Infinity }, publicId);
      await letServerFollow(connection, dataFolder, `${publicId} is archived`);
      return presenter.object(links.get(userId, publicId));
    });
    process.stdout.write(`${given.has('json') ? JSON.stringify(answer) : `${publicId} is archived`}\n`);
    return exitCodes.ok;
  },
};
