// Users and keys in the database of a running server, made as the command line makes them, without a process for each.

import { createKey, parseNewKey } from '../../src/accounts/keys.ts';
import type { Plan } from '../../src/accounts/plans.ts';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { openForCommand } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { ApiClient } from './api-client.ts';
import type { ServerProcess } from './server-process.ts';

type Server = Pick<ServerProcess, 'address' | 'dataFolder'>;

function withDatabase<T>({ dataFolder }: Server, use: (connection: Connection) => T): T {
  const connection = openForCommand(dataFolder);
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}

interface NewTestKey {
  /** None: all of the user's own. */
  readonly scopes?: readonly string[];
  /** As on the command line: `1h`. */
  readonly expires?: string;
}

export interface TestUser {
  readonly id: number;
  readonly email: string;
  /** With a key that has no scopes. */
  readonly client: ApiClient;
}

let users = 0;

/** A client with a new key of the user's. */
export function addKey(server: Server, userId: number, key: NewTestKey = {}): ApiClient {
  const now = Date.now();
  const newKey = parseNewKey({ name: 'test', ...key }, now);
  return new ApiClient(server.address, withDatabase(server, (db) => createKey(db, userId, newKey, now)).secret);
}

export function addUser(server: Server, plan: Plan = 'unlimited', name?: string): TestUser {
  const email = `user-${++users}@example.com`;
  const newUser = parseNewUser({ email, name: name ?? `User ${users}`, plan });
  const { id } = withDatabase(server, (db) => createUser(db, newUser, Date.now()));
  return { id, email, client: addKey(server, id) };
}
