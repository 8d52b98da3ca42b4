// Answers that are written while they are made: how long a client may take nothing, and what that does not mean.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { send } from '../../src/http/answer.ts';
import { streamed } from '../../src/http/streamed-answer.ts';

const stallMs = 50;

interface Streaming {
  readonly port: number;
  readonly room: { running: number; enter(): void; leave(): void };
  /** Resolves when a stream is over. */
  readonly left: Promise<void>;
  readonly broken: unknown[];
}

async function start(t: TestContext, chunks: (response: ServerResponse) => AsyncIterable<string>): Promise<Streaming> {
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  const broken: unknown[] = [];
  const room = {
    running: 0,
    enter: () => void room.running++,
    leave: () => {
      room.running--;
      leave();
    },
  };
  const server = createServer((asked, response) => {
    const answer = streamed({
      type: 'text/plain',
      asked: asked.headers,
      room,
      stallMs,
      chunks: () => chunks(response),
    });
    send(response, answer, (error) => broken.push(error));
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, room, left, broken };
}

async function* forever(): AsyncGenerator<string> {
  // Random, so that it is as much when it is compressed.
  const chunk = randomBytes(65_536).toString('base64');
  for (;;) yield await Promise.resolve(chunk);
}

describe('a streamed answer', () => {
  for (const encoding of ['identity', 'gzip']) {
    it(`is over for a client that takes nothing any more, and makes room (${encoding})`, async (t) => {
      const { port, room, left, broken } = await start(t, forever);
      const socket = connect({ port, host: '127.0.0.1' });
      t.after(() => socket.destroy());
      socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: ${encoding}\r\n\r\n`);
      await once(socket, 'readable');
      await left;
      // Whoever hangs up, it is no fault of ours.
      assert.deepEqual([room.running, broken], [0, []]);
    });
  }

  it('goes on for a client that waits for us', async (t) => {
    const { port, left, room } = await start(t, async function* (response) {
      yield 'one';
      await once(response, 'timeout');
      yield ' two';
    });
    const asked = request({ port, host: '127.0.0.1' }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    assert.equal(await text(response), 'one two');
    await left;
    assert.equal(room.running, 0);
  });

  it('takes room for none of whom it tells the headers alone', async (t) => {
    const { port, room } = await start(t, forever);
    const asked = request({ port, host: '127.0.0.1', method: 'HEAD' }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    assert.equal(await text(response), '');
    assert.equal(room.running, 0);
  });
});
