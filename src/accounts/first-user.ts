// The account that an empty database starts with.

import { openForCommand } from '../storage/database.ts';
import type { Connection } from '../storage/query.ts';
import { listUsers } from './accounts-store.ts';
import { createKey, parseNewKey } from './keys.ts';
import { createUser, parseNewUser } from './users.ts';

const firstUser = parseNewUser({ email: 'admin@localhost', name: 'admin' });

/** In a database without users: makes the user and one key of its own, both or neither, and gives the key's secret. Otherwise undefined. */
export function createFirstUser(connection: Connection, now: number): string | undefined {
  const create = connection.transaction(() => {
    if (listUsers(connection, { afterId: undefined, limit: 1 }).length > 0) return undefined;
    const user = createUser(connection, firstUser, now);
    return createKey(connection, user.id, parseNewKey({ name: 'first key' }, now), now).secret;
  });
  return create.immediate();
}

/** The same in a data folder, over a connection of its own. */
export function createFirstKeyIn(dataFolder: string, now: number): string | undefined {
  const connection = openForCommand(dataFolder);
  try {
    return createFirstUser(connection, now);
  } finally {
    connection.close();
  }
}
