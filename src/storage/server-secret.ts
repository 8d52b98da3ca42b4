// Secrets that the server draws for itself and keeps in its database, so that what they signed survives a restart.

import { randomBytes } from 'node:crypto';
import { defineOperation } from './operation.ts';
import { execute, firstRow, query } from './query.ts';

const secretBytes = 32;

/** The secret of this name; drawn when it is asked for the first time. */
export const keepSecret = defineOperation(
  'settings.keep-secret',
  (connection, { name }: { name: string }): Uint8Array => {
    const stored = firstRow(connection, query.selectFrom('settings').select('value').where('name', '=', name));
    if (stored !== undefined) return stored.value;
    const value = randomBytes(secretBytes);
    execute(connection, query.insertInto('settings').values({ name, value }));
    return value;
  },
);
