// `signpost links list|show`: reads only; the server may be running.

import { userNamed } from '../accounts/users.ts';
import { exitCodes } from '../core/exit.ts';
import { listPlaces, readLinks } from '../links/link-store.ts';
import { type Command, usageError } from './command.ts';
import { configFlags, databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';
import { linkAccess, linkNamed } from './link-access.ts';
import { listing, type ListedRow } from './listing.ts';
import { ProgressBar } from './progress.ts';

const defaultListed = 100;
const maxListed = 100_000;
const pageLinks = 500;
const addressFlags = { 'server-public-url': configFlags['server-public-url']! };

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? defaultListed : /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxListed) throw usageError(`flag --limit takes 1 to ${maxListed}`, 'links list');
  return limit;
}

export const linksListCommand: Command = {
  flags: {
    user: { placeholder: 'USER', help: 'Whose, by id or e-mail address.' },
    archived: { help: 'Archived ones as well.' },
    limit: { placeholder: 'N', help: `How many of the newest. Default: ${defaultListed}.` },
    json: { help: 'Print a JSON array of links as the API shows them.' },
    ...addressFlags,
    ...databaseFlags,
  },
  async run(given) {
    const userName = given.requiredText('user');
    const limit = limitOf(given.text('limit'));
    const objects = await withDatabase(given, (connection) => {
      const { id: userId } = userNamed(connection, userName);
      const { presenter } = linkAccess(given, connection);
      const page = { sort: 'created', order: 'desc', offset: 0 } as const;
      const found: ReturnType<typeof presenter.object>[] = [];
      const bar = new ProgressBar('links list');
      for (let after: Parameters<typeof listPlaces>[3]['after']; found.length < limit;) {
        const pageLimit = Math.min(pageLinks, limit - found.length);
        const places = listPlaces(connection, userId, given.has('archived'), { ...page, after, limit: pageLimit });
        found.push(
          ...readLinks(
            connection,
            places.map(({ id }) => id),
          ).map((link) => presenter.object(link)),
        );
        bar.show(found.length, limit);
        after = places.at(-1);
        if (places.length < pageLimit) break;
      }
      bar.end();
      return found;
    });
    if (given.has('json')) process.stdout.write(`${JSON.stringify(objects, null, 2)}\n`);
    else {
      const rows = objects.map((link): ListedRow => ({
        id: link.id,
        link: link.shortUrl,
        clicks: String(link.clickCount),
        state: link.isArchived ? 'archived' : 'live',
        createdAt: link.createdAt,
        destination: link.destinationUrl,
      }));
      process.stdout.write(listing(['id', 'link', 'clicks', 'state', 'createdAt', 'destination'], rows, false));
    }
    return exitCodes.ok;
  },
};

export const linksShowCommand: Command = {
  flags: { json: { help: 'Print the link as the API shows it.' }, ...addressFlags, ...databaseFlags },
  positionals: ['ID'],
  async run(given) {
    const [publicId = ''] = given.positionals;
    const link = await withDatabase(given, (connection) =>
      linkAccess(given, connection).presenter.object(linkNamed(connection, publicId)),
    );
    if (given.has('json')) process.stdout.write(`${JSON.stringify(link)}\n`);
    else {
      const rows = Object.entries(link)
        .filter(([, value]) => value !== null)
        .map(([field, value]) => ({ field, value: typeof value === 'string' ? value : JSON.stringify(value) }));
      process.stdout.write(listing(['field', 'value'], rows, false));
    }
    return exitCodes.ok;
  },
};
