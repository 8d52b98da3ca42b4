// `signpost keys create|list|revoke`. A running server sees a new or a revoked key at once: it looks keys up in the database.

import { listKeys, listUsers, type ApiKey } from '../accounts/accounts-store.ts';
import { createKey, keyIsUsable, parseNewKey, revokeKey } from '../accounts/keys.ts';
import { scopes } from '../accounts/scopes.ts';
import { userNamed } from '../accounts/users.ts';
import { systemClock } from '../core/clock.ts';
import { exitCodes } from '../core/exit.ts';
import type { Command } from './command.ts';
import { databaseFlags } from './config-flags.ts';
import { allPages, withDatabase } from './database.ts';
import { listing, shownTime, type ListedRow } from './listing.ts';

export const keysCreateCommand: Command = {
  flags: {
    user: { placeholder: 'USER', help: 'Id or e-mail address of the user it belongs to.' },
    name: { placeholder: 'TEXT', help: 'What the key is for, 1 to 100 characters.' },
    scopes: { placeholder: 'A,B', help: `What it may do, of ${scopes.join(', ')}. Default: all of the user's own.` },
    expires: {
      placeholder: 'WHEN',
      help: 'A time (2027-01-31 or 2027-01-31T12:00:00Z) or a duration (12h, 90d, 4w, 1y). Default: never.',
    },
    format: { placeholder: 'FORMAT', help: 'sp, or hex for clients that want 32 hex characters. Default: sp.' },
    json: { help: 'Print a JSON object: id and secret.' },
    ...databaseFlags,
  },
  async run(given) {
    const now = systemClock.now();
    const userName = given.requiredText('user');
    const scopeNames = given
      .text('scopes')
      ?.split(',')
      .map((name) => name.trim());
    const newKey = parseNewKey(
      {
        name: given.requiredText('name'),
        scopes: scopeNames,
        expires: given.text('expires'),
        format: given.text('format'),
      },
      now,
    );
    const { key, secret } = await withDatabase(given, (connection) =>
      createKey(connection, userNamed(connection, userName).id, newKey, now),
    );
    process.stdout.write(given.has('json') ? `${JSON.stringify({ id: key.publicId, secret })}\n` : `${secret}\n`);
    return exitCodes.ok;
  },
};

function state(key: ApiKey, now: number): string {
  if (key.revokedAt !== null) return 'revoked';
  return keyIsUsable(key, now) ? 'active' : 'expired';
}

function listed(key: ApiKey, email: string | undefined, now: number): ListedRow {
  return {
    id: key.publicId,
    user: email ?? null,
    name: key.name,
    hint: key.hint,
    scopes: key.scopes,
    state: state(key, now),
    expiresAt: shownTime(key.expiresAt),
    lastUsedAt: shownTime(key.lastUsedAt),
    createdAt: shownTime(key.createdAt),
  };
}

export const keysListCommand: Command = {
  flags: {
    user: { placeholder: 'USER', help: "Only this user's, by id or e-mail address." },
    json: { help: 'Print a JSON array.' },
    ...databaseFlags,
  },
  async run(given) {
    const now = systemClock.now();
    const userName = given.text('user');
    const rows = await withDatabase(given, (connection) => {
      const user = userName === undefined ? undefined : userNamed(connection, userName);
      const users = user === undefined ? allPages((page) => listUsers(connection, page)) : [user];
      const emails = new Map(users.map(({ id, email }) => [id, email]));
      return allPages((page) => listKeys(connection, user?.id, page)).map((key) =>
        listed(key, emails.get(key.userId), now),
      );
    });
    const columns = ['id', 'user', 'name', 'hint', 'scopes', 'state', 'expiresAt', 'lastUsedAt'];
    process.stdout.write(listing(columns, rows, given.has('json')));
    return exitCodes.ok;
  },
};

export const keysRevokeCommand: Command = {
  flags: { json: { help: 'Print a JSON object.' }, ...databaseFlags },
  positionals: ['ID'],
  async run(given) {
    const [id = ''] = given.positionals;
    await withDatabase(given, (connection) => revokeKey(connection, id, undefined, systemClock.now()));
    process.stdout.write(given.has('json') ? `${JSON.stringify({ id, state: 'revoked' })}\n` : `${id} is revoked\n`);
    return exitCodes.ok;
  },
};
