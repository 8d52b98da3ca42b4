// Redirects answered on the socket itself: in order, as node:http would answer them, and handed over without losing a byte.

import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { readRequestHead } from '../../src/http/request-head.ts';
import { ApiClient, personsBrowser } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { type RawAnswer, RawConnection, sendRaw } from './raw-connection.ts';

after(closeServers);
checkExchanges();

const server = await startServer();
const api = ApiClient.of(server);
const host = new URL(server.address).host;
const { slug } = await api.createLink({ destinationUrl: 'https://example.com/direct' });

function open(path: string, extra = '', method = 'GET'): string {
  return `${method} /${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${personsBrowser}\r\n${extra}\r\n`;
}

const repeated = (status: number, count: number): number[] => Array.from({ length: count }, () => status);
const statuses = (answers: readonly RawAnswer[]): number[] => answers.map(({ status }) => status);

/** What must be the same however a redirect was answered. */
function comparable({ status, headers, body }: RawAnswer) {
  const { 'x-request-id': _id, date: _date, ...others } = Object.fromEntries(headers);
  return { status, body, headers: others };
}

async function clicksOf(id: string): Promise<number> {
  const { data } = (await (
    await fetch(`${server.address}/api/v1/links/${id}`, { headers: { Authorization: `Bearer ${api.key}` } })
  ).json()) as { data: { clickCount: number } };
  return data.clickCount;
}

describe('a redirect on the socket', () => {
  it('is word for word what node:http would answer', async () => {
    // An empty line first is allowed, and beyond what is read on the socket.
    const [direct, handedOver] = await Promise.all(
      ['', '\r\n'].map(async (before) => {
        const connection = await RawConnection.to(server.port);
        connection.write(before + open(slug));
        const answer = await connection.answer();
        connection.close();
        return comparable(answer!);
      }),
    );
    assert.equal(direct?.status, 302);
    assert.deepEqual(direct, handedOver);
  });

  it('says that the connection ends where the client asked for it, and ends it', async () => {
    const [direct, handedOver] = await Promise.all(
      ['', '\r\n'].map(async (before) => {
        const answers = await sendRaw(server.port, before + open(slug, 'Connection: close\r\n') + open(slug));
        assert.equal(answers.length, 1);
        return comparable(answers[0]!);
      }),
    );
    assert.deepEqual(direct, handedOver);
    assert.deepEqual(direct?.headers['connection'], ['close']);
  });

  it('has a date of this second or the one before', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const [answer] = await sendRaw(server.port, open(slug, 'Connection: close\r\n'));
    const date = Date.parse(answer?.headers.get('date')?.[0] ?? '');
    assert.ok(date >= before && date <= Date.now());
  });

  it('reaches a client that has closed its side', async () => {
    const connection = await RawConnection.to(server.port, { allowHalfOpen: true });
    connection.socket.end(open(slug) + open(slug) + open('no-such-link'), 'latin1');
    assert.deepEqual(statuses(await connection.rest()), [302, 302, 404]);
    connection.close();
  });

  it('answers HEAD, and does not count it', async () => {
    const link = await api.createLink();
    const answers = await sendRaw(
      server.port,
      open(link.slug, '', 'HEAD') + open(link.slug, 'Connection: close\r\n', 'HEAD'),
    );
    assert.deepEqual(statuses(answers), [302, 302]);
    assert.equal(await clicksOf(link.id), 0);
  });
});

describe('a connection', () => {
  it('gets redirects, pages and API answers in the order of its requests, sent at once', async () => {
    const health = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const answers = await sendRaw(
      server.port,
      open(slug) + open(slug) + open('no-such-link') + open(slug) + health + open(slug, 'Connection: close\r\n'),
    );
    assert.deepEqual(statuses(answers), [302, 302, 404, 302, 200, 302]);
  });

  it('gets its redirect for a request that arrives byte by byte', async () => {
    const connection = await RawConnection.to(server.port);
    connection.socket.setNoDelay(true);
    connection.write(open(slug));
    assert.equal((await connection.answer())?.status, 302);
    for (const byte of open(slug)) connection.write(byte);
    assert.equal((await connection.answer())?.status, 302);
    connection.close();
  });

  it('counts every one of a thousand requests sent at once, and no more than a limit allows', async () => {
    const [free, limited] = await Promise.all([api.createLink(), api.createLink({ clickLimit: 7 })]);
    const last = open(free.slug, 'Connection: close\r\n');
    const answers = await sendRaw(server.port, open(free.slug).repeat(999) + last);
    assert.equal(statuses(answers).filter((status) => status === 302).length, 1000);
    assert.equal(await clicksOf(free.id), 1000);
    const limitedAnswers = await sendRaw(
      server.port,
      open(limited.slug).repeat(12) + open(limited.slug, 'Connection: close\r\n'),
    );
    assert.deepEqual(statuses(limitedAnswers), [...repeated(302, 7), ...repeated(410, 6)]);
    assert.equal(await clicksOf(limited.id), 7);
  });

  it('shows the page of a limit that another connection used up at the same moment', async () => {
    const link = await api.createLink({ clickLimit: 1 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sendRaw(server.port, open(link.slug, 'Connection: close\r\n'))),
    );
    const sorted = answers.flatMap(statuses).toSorted((a, b) => a - b);
    assert.deepEqual(sorted, [302, ...repeated(410, 19)]);
  });

  it('goes on with a client that reads late what it asked for at once', async () => {
    const connection = await RawConnection.to(server.port);
    connection.socket.pause();
    const count = 8_000;
    connection.write(open(slug).repeat(count - 1) + open(slug, 'Connection: close\r\n'));
    // Everything else goes on meanwhile.
    for (let round = 0; round < 20; round++) await sendRaw(server.port, open(slug, 'Connection: close\r\n'));
    connection.socket.resume();
    assert.equal((await connection.rest()).length, count);
  });
});

describe('the head that is read on the socket', () => {
  let reference: Server;
  let port: number;
  let seen: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];

  before(async () => {
    reference = createServer({ requireHostHeader: false, maxHeaderSize: 16 * 1024 }, (request, response) => {
      seen.push({ method: request.method!, url: request.url!, headers: request.headers });
      response.end();
    });
    await new Promise<void>((resolve) => reference.listen(0, '127.0.0.1', resolve));
    port = (reference.address() as AddressInfo).port;
  });
  after(() => reference.close());

  const names = ['Host', 'hOST', 'User-Agent', 'Referer', 'X-Forwarded-For', 'cookie', 'Accept', 'x-a', 'Connection'];
  const oddPieces = ['', ' ', '\t', 'é', '\x00', '\x7f', '\r', '\n', '\x0b', ':', ',', ' x ', 'close', 'keep-alive'];
  const piece = fc.oneof(fc.constantFrom(...oddPieces), fc.string({ maxLength: 5 }));
  const value = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''));
  const often = <T>(usual: readonly T[], odd: readonly T[]) =>
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
  const plainValue = fc.constantFrom(
    'a',
    '',
    'keep-alive',
    'close',
    'a; b=c',
    '203.0.113.7, 10.0.0.1',
    'caf\xe9',
    ' x\t',
  );
  const line = fc.oneof(
    { weight: 20, arbitrary: fc.tuple(fc.constantFrom(...names), fc.constantFrom(': ', ':', ':  '), plainValue) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...names), fc.constantFrom(': ', ':', ':  '), value) },
    { weight: 1, arbitrary: fc.tuple(piece, fc.constantFrom(':', ' :', ''), value) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom('Content-Length', 'Transfer-Encoding', 'Upgrade'),
        fc.constant(': '),
        fc.constantFrom('0', '1', 'chunked', 'h2c'),
      ),
    },
  );
  const heads = fc
    .record({
      method: often(['GET ', 'HEAD '], ['get ', 'GET  ', 'POST ']),
      target: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom('/', '/a?b=c', '/%00', '/a%2fb#c', '/~+*') },
        {
          weight: 1,
          arbitrary: fc.tuple(fc.constantFrom('/', 'a', '/ä', '/a b'), piece).map((parts) => parts.join('')),
        },
      ),
      version: often([' HTTP/1.1\r\n'], [' HTTP/1.0\r\n', ' HTTP/1.1\n', '\r\n']),
      host: often(['Host: a.example\r\n'], ['']),
      lines: fc.array(line, { maxLength: 4 }),
    })
    .map(
      ({ method, target, version, host: hostLine, lines }) =>
        `${method}${target}${version}${hostLine}${lines.map((parts) => `${parts.join('')}\r\n`).join('')}\r\n`,
    );

  it('is never one that node:http refuses or reads otherwise', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(heads, async (text) => {
        const bytes = Buffer.from(text, 'latin1');
        const head = readRequestHead(bytes, 16 * 1024);
        if (head === undefined) return;
        accepted++;
        seen = [];
        const connection = await RawConnection.to(port);
        connection.write(bytes);
        const answer = await connection.answer();
        connection.close();
        assert.equal(answer?.status, 200);
        const [request] = seen;
        assert.equal(request?.method, head.method);
        assert.equal(request?.url, head.url);
        for (const [name, text] of Object.entries(head.headers)) assert.equal(request?.headers[name], text, name);
        assert.equal(answer.headers.get('connection')?.[0], head.isLast ? 'close' : 'keep-alive');
        assert.equal(head.length, text.indexOf('\r\n\r\n') + 4);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(accepted > 100, `only ${accepted} heads were read on the socket`);
  });

  it('is left to node:http when it is cut anywhere, or too long', () => {
    const bytes = Buffer.from(open(slug, 'Referer: https://a.example/\r\nCookie: a=b\r\n'), 'latin1');
    assert.ok(readRequestHead(bytes, bytes.length));
    for (let end = 0; end < bytes.length; end++) {
      assert.equal(readRequestHead(bytes.subarray(0, end), 16 * 1024), undefined);
      assert.equal(readRequestHead(bytes, end), undefined);
    }
  });
});

describe('the server afterwards', () => {
  it('has logged no failure and stops in peace', async () => {
    assert.equal(await server.stop(), 0);
    assert.doesNotMatch((await server.ended).stderr, /"level":"(?:warn|error|fatal)"|Error/);
  });
});
