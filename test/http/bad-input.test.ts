import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { checkExchange, checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { type BadRequest, badRequests } from './bad-input-cases.ts';
import { type MalformedRequest, malformedRequests } from './malformed-http-cases.ts';
import { type RawAnswer, RawConnection, sendRaw } from './raw-connection.ts';

after(closeServers);
checkExchanges();

const repetitions = 20;
/** Of them, until caches are full and the heap has found its size. */
const warmUps = 5;
// Three times what the garbage collector leaves lying about, a quarter of what it would be if the bodies were kept.
const maxGrowthKib = 128 * 1024;
const maxErrorBytes = 32 * 1024;

/** What no answer may tell: files, lines, the engine's or the database's own words. */
const innards =
  /node_modules|node:|\/src\/|\.ts\b|\bat \S+ \(|SQLITE|(?:Type|Range|Syntax|Reference)Error|\bsp_[0-9A-Za-z]{36}/;

function headersOf(answer: HttpAnswer | RawAnswer, name: string): string {
  const value = 'text' in answer ? answer.headers[name] : answer.headers.get(name);
  return String(value ?? '');
}

/** The rules for every error, whatever caused it. Returns the error itself. */
function checkError(answer: HttpAnswer | RawAnswer, code: string) {
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

async function checkBadRequest(address: string, bad: BadRequest): Promise<void> {
  const answer = await sendRequest(address, bad);
  assert.equal(answer.status, bad.status, answer.text);
  await checkExchange({ address, method: bad.method, path: bad.path, body: undefined, answer });
  const { details } = checkError(answer, bad.code);
  if (bad.field === undefined) assert.equal(details, undefined);
  else
    assert.ok(
      details?.some(({ path, message }) => path === bad.field && message !== ''),
      answer.text,
    );
}

async function checkMalformed(port: number, { bytes, answers: expected }: MalformedRequest): Promise<void> {
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

/** undefined where the system has no /proc. */
function residentKib(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

// Hundreds of wrong keys from one address are what this is about.
const server = await startServer({ flags: ['--limits-wrong-keys-per-minute', '0'] });
const api = ApiClient.of(server);
const link = await api.createLink({ slug: 'taken', title: 'Before' });
await api.createLink({ slug: 'taken-too' });
const known = await api.get('/links?archived=true');
const target = { address: server.address, host: new URL(server.address).host, key: api.key!, linkId: link.id };
const requests = badRequests(target);
const malformed = malformedRequests(target);

async function assertUntouched(): Promise<void> {
  assert.equal((await api.get('/links?archived=true')).text, known.text);
  assert.doesNotMatch(server.stderr(), /"level":"(?:error|fatal)"/);
}

describe('bad input', () => {
  it('is tried in many ways', () => assert.ok(requests.length + malformed.length >= 120));
  for (const bad of requests) it(bad.name, () => checkBadRequest(server.address, bad));
  for (const bad of malformed) it(bad.name, () => checkMalformed(server.port, bad));

  it('headers that never end', async () => {
    const connection = await RawConnection.to(server.port);
    connection.write(`GET /healthz HTTP/1.1\r\nHost: ${target.host}\r\nX-Slow: `);
    const [answer, ...more] = await connection.rest();
    assert.ok(answer);
    assert.deepEqual([answer.status, more], [408, []]);
    checkError(answer, 'VALIDATION_ERROR');
  });

  it('changes nothing and keeps nothing in memory, all of it again and again', async () => {
    const round = async (): Promise<void> => {
      await Promise.all([
        eachInTurn(requests, (bad) => checkBadRequest(server.address, bad)),
        eachInTurn(malformed, (bad) => checkMalformed(server.port, bad)),
      ]);
    };
    for (let n = 0; n < warmUps; n++) await round();
    const first = residentKib(server.pid);
    for (let n = warmUps; n < repetitions; n++) await round();
    const last = residentKib(server.pid);
    if (first !== undefined && last !== undefined) {
      assert.ok(last - first < maxGrowthKib, `from ${first} KiB to ${last} KiB`);
    }
    await assertUntouched();
    const made = await api.createLink({ slug: 'afterwards' });
    assert.equal((await api.visit('afterwards')).headers.location, made.destinationUrl);
    assert.equal(await server.stop(), 0);
  });
});
