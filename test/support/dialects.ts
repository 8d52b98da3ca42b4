// What the tests of dialects share: requests as their clients send them, answers with what cannot be equal made equal.

import { createKey, parseNewKey, revokeKey } from '../../src/accounts/keys.ts';
import { openForCommand } from '../../src/storage/database.ts';
import { type HttpAnswer, type RequestOptions, sendRequest } from './api-client.ts';
import { freePort } from './free-port.ts';
import { type ServerOptions, type ServerProcess, startServer } from './server-process.ts';

type Server = Pick<ServerProcess, 'address' | 'dataFolder'>;

/** A server that gives itself out for another one, so that its answers are those of a source text, hosts and all. */
export async function startServerAs(publicUrl: string, options: ServerOptions = {}): Promise<ServerProcess> {
  const port = await freePort();
  const flags = ['--server-public-url', publicUrl, '--server-port', String(port), ...(options.flags ?? [])];
  const server = await startServer({ ...options, flags });
  return { ...server, address: `http://127.0.0.1:${port}`, port };
}

export interface TestKeys {
  /** 32 hex characters, as X.gd's clients want them. */
  readonly hex: string;
  readonly revoked: string;
  /** May read links and nothing else. */
  readonly readOnly: string;
}

/** Keys of a user of each kind that a dialect treats in its own way. */
export function dialectKeys({ dataFolder }: Server, userId: number): TestKeys {
  const connection = openForCommand(dataFolder);
  try {
    const now = Date.now();
    const make = (fields: object) => createKey(connection, userId, parseNewKey({ name: 'test', ...fields }, now), now);
    const revoked = make({ format: 'hex' });
    revokeKey(connection, revoked.key.publicId, userId, now);
    return {
      hex: make({ format: 'hex' }).secret,
      revoked: revoked.secret,
      readOnly: make({ format: 'hex', scopes: ['links:read'] }).secret,
    };
  } finally {
    connection.close();
  }
}

/** A request that must fail, and the whole of its answer. */
export interface BadCase {
  readonly name: string;
  readonly request: RequestOptions;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string | RegExp>>;
}

export function sendJson(
  address: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  const text = JSON.stringify(body);
  return sendRequest(address, {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
    body: text,
  });
}

const isoTime = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"/g;

/** The text of an answer with every time replaced by the text `TIME`, but for those that are to be kept. */
export function withoutTimes(text: string, keep: readonly string[] = []): string {
  return text.replaceAll(isoTime, (time) => (keep.includes(JSON.parse(time) as string) ? time : '"TIME"'));
}
