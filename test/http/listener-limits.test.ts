// What the listener takes from its clients and what it does not wait for. Its clock is the system's, so each limit is a short one here; those
// of every server are checked as they stand.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { data, send } from '../../src/http/answer.ts';
import { drainMs, Listener, type ListenerLimits, listenerLimits, type Refusal } from '../../src/http/listener.ts';
import { stopDeadlineMs } from '../../src/server.ts';
import { type RawAnswer, RawConnection } from './raw-connection.ts';

const shortMs = 150;
/** Where something has to arrive in time first, on a machine that is busy, too. */
const longerMs = 1_500;
const host = 'Host: go.example\r\n';
const redirect = { status: 302, location: 'https://example.com/', isLimited: false } as const;

const listeners: Listener[] = [];
after(() => Promise.all(listeners.map((listener) => listener.stop())));

/** Sends everybody on who asks for `/link`, and answers any other request when its body is there. */
async function listen(
  limits: Partial<ListenerLimits>,
  maxConnections = 100,
  refusal: Refusal = () => undefined,
): Promise<number> {
  const listener = new Listener({
    sendOn({ url }, hitListener) {
      if (url !== '/link') return undefined;
      hitListener.settled('recorded');
      return redirect;
    },
    handle: (request, response) => void request.resume().once('end', () => send(response, data('whole'))),
    refusal,
    maxConnections,
    clock: systemClock,
    meter: undefined,
    limits: { ...listenerLimits, checkEveryMs: 10, ...limits },
  });
  listeners.push(listener);
  return (await listener.listen('127.0.0.1', 0)).port;
}

/** A byte after the other until the connection ends. */
async function trickle(connection: RawConnection): Promise<RawAnswer[]> {
  const trickling = setInterval(() => connection.write('a'), shortMs / 10);
  try {
    return await connection.rest();
  } finally {
    clearInterval(trickling);
  }
}

function assertTimeout(answers: readonly RawAnswer[]): void {
  assert.deepEqual(
    answers.map(({ status }) => status),
    [408],
  );
  assert.equal(answers[0]?.headers.get('connection')?.[0], 'close');
  assert.match(answers[0]?.body ?? '', /"code":"VALIDATION_ERROR","message":"the request took too long to arrive"/);
}

describe('the limits of every server', () => {
  it('are those of the design', () => {
    const { headersMs, requestMs, keepAliveMs, headBytes } = listenerLimits;
    assert.deepEqual([headersMs, requestMs, keepAliveMs, headBytes], [5_000, 15_000, 65_000, 16_384]);
  });

  it('leave a stop the time to commit what came last', () => assert.ok(drainMs + 1_000 < stopDeadlineMs));
});

describe('a client that is slow', () => {
  it('is told so where it sends nothing', async () => {
    const connection = await RawConnection.to(await listen({ headersMs: shortMs }));
    assertTimeout(await connection.rest());
  });

  for (const [what, first] of [
    ['in its first head', ''],
    ['in the head after a redirect', `GET /link HTTP/1.1\r\n${host}\r\n`],
    ['in the head after another answer', `GET /other HTTP/1.1\r\n${host}\r\n`],
  ] as const) {
    it(`is told so although it goes on sending, ${what}`, async () => {
      const connection = await RawConnection.to(await listen({ headersMs: first === '' ? shortMs : longerMs }));
      connection.write(first);
      if (first !== '') assert.ok(((await connection.answer())?.status ?? 500) < 400);
      connection.write(`GET /other HTTP/1.1\r\n${host}X-Slow: `);
      assertTimeout(await trickle(connection));
    });
  }

  it('is told so although it goes on sending its body', async () => {
    const connection = await RawConnection.to(await listen({ headersMs: shortMs, requestMs: shortMs }));
    connection.write(`POST /other HTTP/1.1\r\n${host}Content-Length: 1000000\r\n\r\n`);
    assertTimeout(await trickle(connection));
  });

  for (const [what, start] of [
    ['its first head', `GET /v1/a HTTP/1.1\r\n${host}X-Slow: `],
    ['the head after another request', `GET /v1/a HTTP/1.1\r\n${host}\r\nGET /v1/b HTTP/1.1\r\n${host}X-Slow: `],
    ['its body', `POST /v1/a HTTP/1.1\r\n${host}Content-Length: 1000000\r\n\r\n`],
  ] as const) {
    it(`is told so in the words of the API that its path belongs to, where it is slow with ${what}`, async () => {
      const limits = { headersMs: shortMs, requestMs: shortMs };
      const port = await listen(limits, 100, ({ url, headers }, { message }) =>
        Promise.resolve({
          status: 422,
          body: { path: url, host: headers.host, message },
        }),
      );
      const connection = await RawConnection.to(port);
      connection.write(start);
      const answer = (await trickle(connection)).at(-1);
      assert.deepEqual([answer?.status, answer?.headers.get('connection')], [422, ['close']]);
      assert.match(
        answer?.body ?? '',
        /^\{"path":"\/v1\/a","host":"go.example","message":"the request took too long to arrive"\}$/,
      );
    });
  }

  for (const path of ['/link', '/other']) {
    it(`is hung up on when it asks for nothing more after ${path}`, async () => {
      const connection = await RawConnection.to(await listen({ keepAliveMs: shortMs }));
      connection.write(`GET ${path} HTTP/1.1\r\n${host}\r\n`);
      assert.ok(((await connection.answer())?.status ?? 500) < 400);
      assert.deepEqual(await connection.rest(), []);
    });
  }
});

describe('a client that sends much', () => {
  for (const path of ['/link', '/other']) {
    it(`is told how much a head may hold (${path})`, async () => {
      const connection = await RawConnection.to(await listen({ headBytes: 2_000 }));
      connection.write(`GET ${path} HTTP/1.1\r\n${host}X-Long: ${'a'.repeat(3_000)}\r\n\r\n`);
      assert.deepEqual(
        (await connection.rest()).map(({ status }) => status),
        [431],
      );
    });
  }
});

describe('one connection too many', () => {
  it('is closed, and those that are there go on', async () => {
    const port = await listen({}, 2);
    const ask = async (connection: RawConnection, path: string): Promise<number | undefined> => {
      connection.write(`GET ${path} HTTP/1.1\r\n${host}\r\n`);
      return (await connection.answer())?.status;
    };
    const [first, second] = [await RawConnection.to(port), await RawConnection.to(port)];
    assert.deepEqual([await ask(first, '/link'), await ask(second, '/other')], [302, 200]);
    assert.equal(await ask(await RawConnection.to(port), '/link'), undefined);
    assert.deepEqual([await ask(first, '/other'), await ask(second, '/other')], [200, 200]);
    first.close();
    second.close();
  });
});
