// Further users and keys of a running server, made as its operator makes them: on the command line.

import assert from 'node:assert/strict';
import { ApiClient } from '../support/api-client.ts';
import { runSignpost } from '../support/server-process.ts';

interface KeyOptions {
  readonly scopes?: readonly string[];
  readonly format?: 'sp' | 'hex';
}

async function printed(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runSignpost(args);
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

export interface RunningServer {
  readonly address: string;
  readonly dataFolder: string;
}

/** A new key of the user, named by id or address. */
export async function addKey(
  { address, dataFolder }: RunningServer,
  user: string,
  { scopes = [], format = 'sp' }: KeyOptions = {},
): Promise<ApiClient> {
  const named = scopes.length === 0 ? [] : ['--scopes', scopes.join()];
  const flags = ['--user', user, '--name', 'k', '--format', format, ...named, '--data-dir', dataFolder];
  return new ApiClient(address, await printed(['keys', 'create', ...flags]));
}

/** A new user with one key. */
export async function addUser(server: RunningServer, name: string): Promise<ApiClient> {
  const flags = ['--name', name, '--email', `${name}@example.com`, '--data-dir', server.dataFolder];
  return addKey(server, await printed(['users', 'create', ...flags]));
}

/** Revokes every key of the user whose secret ends like this client's. */
export async function revokeKey({ dataFolder }: RunningServer, { key = '' }: ApiClient): Promise<void> {
  const keys = JSON.parse(await printed(['keys', 'list', '--json', '--data-dir', dataFolder])) as {
    id: string;
    hint: string;
  }[];
  const known = keys.filter(({ hint }) => key.endsWith(hint));
  assert.equal(known.length, 1, 'two keys end alike');
  await printed(['keys', 'revoke', known[0]!.id, '--data-dir', dataFolder]);
}
