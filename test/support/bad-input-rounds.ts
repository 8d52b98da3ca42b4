// Sends a server everything in the tables of bad input, again and again: each the documented error, nothing of the inside told, nothing
// changed, nothing kept in memory. The short form runs among the tests, the long one in scripts/chaos.ts.

import assert from 'node:assert/strict';
import { type BadRequest, badRequests } from '../http/bad-input-cases.ts';
import { type MalformedRequest, malformedRequests } from '../http/malformed-http-cases.ts';
import { type RawAnswer, sendRaw } from '../http/raw-connection.ts';
import { ApiClient, type HttpAnswer, sendRequest } from './api-client.ts';
import { checkExchange } from './recorded-exchanges.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface BadInputRoundsOptions {
  readonly rounds: number;
  readonly onRound?: (line: string) => void;
}

/** Until caches are full. */
const warmUps = 3;
// Less than 60 KiB where nothing is kept. Whoever keeps 300 bytes of every request goes past it.
const maxGrowthPerRoundBytes = 128 * 1024;
const maxErrorBytes = 32 * 1024;

/** What no answer may tell: files, lines, the engine's or the database's own words. */
const innards =
  /node_modules|node:|\/src\/|\.ts\b|\bat \S+ \(|SQLITE|(?:Type|Range|Syntax|Reference)Error|\bsp_[0-9A-Za-z]{36}/;

function headersOf(answer: HttpAnswer | RawAnswer, name: string): string {
  const value = 'text' in answer ? answer.headers[name] : answer.headers.get(name);
  return String(value ?? '');
}

/** The rules for every error, whatever caused it. Returns the error itself. */
export function checkError(answer: HttpAnswer | RawAnswer, code: string) {
  const text = 'text' in answer ? answer.text : answer.body;
  assert.ok(Buffer.byteLength(text) <= maxErrorBytes, `${text.length} characters of error`);
  assert.doesNotMatch(text, innards);
  assert.equal(headersOf(answer, 'content-type'), 'application/json; charset=utf-8');
  assert.match(headersOf(answer, 'x-request-id'), /^req_\w+$/);
  if (answer.status === 405) assert.match(headersOf(answer, 'allow'), /^[A-Z]+(?:, [A-Z]+)*$/);
  if (answer.status === 401) assert.equal(headersOf(answer, 'www-authenticate'), 'Bearer');
  const body = JSON.parse(text) as { success: boolean; error: { code: string; message: string; details?: unknown[] } };
  assert.deepEqual(Object.keys(body), ['success', 'error']);
  assert.equal(body.success, false);
  assert.equal(body.error.code, code, text);
  assert.notEqual(body.error.message, '');
  return body.error as { code: string; message: string; details?: { path: string; message: string }[] };
}

export async function checkBadRequest(address: string, bad: BadRequest): Promise<void> {
  const answer = await sendRequest(address, bad);
  assert.equal(answer.status, bad.status, `${bad.name}: ${answer.text}`);
  await checkExchange({ address, method: bad.method, path: bad.path, body: undefined, answer });
  const { details } = checkError(answer, bad.code);
  if (bad.field === undefined) assert.equal(details, undefined);
  else
    assert.ok(
      details?.some(({ path, message }) => path === bad.field && message !== ''),
      answer.text,
    );
}

export async function checkMalformed(port: number, { bytes, answers: expected }: MalformedRequest): Promise<void> {
  const answers = await sendRaw(port, bytes);
  assert.deepEqual(
    answers.map((answer) => answer.status),
    expected.map(([status]) => status),
  );
  answers.forEach((answer, position) => {
    const code = expected[position]?.[1];
    if (code !== undefined) checkError(answer, code);
  });
}

async function eachInTurn<T>(items: readonly T[], check: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await check(item);
}

/** A server that is sent bad input, and two links of which none of it may change anything. */
export class BadInputTarget {
  readonly server: ServerProcess;
  readonly api: ApiClient;
  readonly requests: readonly BadRequest[];
  readonly malformed: readonly MalformedRequest[];
  readonly #links: string;
  #weighed = 0;

  private constructor(server: ServerProcess, linkId: string, links: string) {
    this.server = server;
    this.api = ApiClient.of(server);
    this.#links = links;
    const target = { address: server.address, host: new URL(server.address).host, key: this.api.key!, linkId };
    this.requests = badRequests(target);
    this.malformed = malformedRequests(target);
  }

  static async start(): Promise<BadInputTarget> {
    const preload = new URL('collected-heap.mjs', import.meta.url).href;
    const server = await startServer({
      // Hundreds of wrong keys from one address are what this is about.
      flags: ['--limits-wrong-keys-per-minute', '0'],
      environment: { NODE_OPTIONS: `--import=${preload}` },
    });
    const api = ApiClient.of(server);
    const { id } = await api.createLink({ slug: 'taken', title: 'Before' });
    await api.createLink({ slug: 'taken-too' });
    return new BadInputTarget(server, id, (await api.get('/links?archived=true')).text);
  }

  get size(): number {
    return this.requests.length + this.malformed.length;
  }

  /** All of it, once. */
  async sendAll(): Promise<void> {
    await Promise.all([
      eachInTurn(this.requests, (bad) => checkBadRequest(this.server.address, bad)),
      eachInTurn(this.malformed, (bad) => checkMalformed(this.server.port, bad)),
    ]);
  }

  /** Bytes that are in use when all garbage is collected. */
  async heapBytes(): Promise<number> {
    const line = new RegExp(`^heap ${++this.#weighed}: (\\d+) bytes$`, 'm');
    process.kill(this.server.pid, 'SIGUSR2');
    await this.server.logged(line);
    return Number(line.exec(this.server.stderr())?.[1]);
  }

  async assertUntouched(): Promise<void> {
    assert.equal((await this.api.get('/links?archived=true')).text, this.#links);
    assert.doesNotMatch(this.server.stderr(), /"level":"(?:error|fatal)"/);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Leaves the server running. */
export async function sendBadInput(target: BadInputTarget, { rounds, onRound }: BadInputRoundsOptions): Promise<void> {
  for (let n = 0; n < warmUps; n++) await target.sendAll();
  const heaps = [await target.heapBytes()];
  for (let round = 1; round <= rounds; round++) {
    await target.sendAll();
    heaps.push(await target.heapBytes());
    onRound?.(`bad input ${round}/${rounds}: ${target.size} kinds, each answered as documented; heap ${heaps.at(-1)}`);
  }
  // What is kept grows with every round; a cache that fills or is emptied shows in one of them.
  const growth = median(heaps.slice(1).map((heap, round) => heap - heaps[round]!));
  assert.ok(growth < maxGrowthPerRoundBytes, `the heap grows by ${growth} bytes a round: ${heaps.join(', ')}`);
  await target.assertUntouched();
}

/** Returns how many kinds of bad input there are. */
export async function runBadInputRounds(options: BadInputRoundsOptions): Promise<number> {
  const target = await BadInputTarget.start();
  await sendBadInput(target, options);
  assert.equal(await target.server.stop(), 0);
  return target.size;
}
