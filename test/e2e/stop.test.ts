import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { ApiClient } from '../support/api-client.ts';
import { closing } from '../support/closing.ts';
import { crashDurabilities } from '../support/crash-rounds.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';
import { hitsIn, runStopRounds } from '../support/stop-rounds.ts';

after(closeServers);

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 3);

/** Everything that arrives until it matches; rejects when the connection ends before. */
async function readUntil(socket: Socket, pattern: RegExp): Promise<string> {
  let received = '';
  while (!pattern.test(received)) {
    const [chunk] = (await Promise.race([
      once(socket, 'data'),
      closing(socket).then(() => assert.fail(`closed after ${JSON.stringify(received)}`)),
    ])) as [Buffer];
    received += chunk.toString();
  }
  return received;
}

/** A request that the server has begun to read: its head is complete, its body is not. */
async function sendHalf(server: ServerProcess, body: string): Promise<{ socket: Socket; finish: () => void }> {
  const socket = connect({ host: '127.0.0.1', port: server.port });
  await once(socket, 'connect');
  const half = Math.floor(body.length / 2);
  socket.write(
    `POST /api/v1/links HTTP/1.1\r\nHost: ${new URL(server.address).host}\r\nAuthorization: Bearer ${server.firstKey}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await readUntil(socket, /^HTTP\/1\.1 100 Continue\r\n\r\n/);
  socket.write(body.slice(0, half));
  return { socket, finish: () => socket.write(body.slice(half)) };
}

describe('SIGTERM at full load', () => {
  for (const durability of crashDurabilities) {
    it(`cuts no request off, loses no click, and ends with 0, ${rounds} times over (${durability})`, async () => {
      await runStopRounds({ durability, rounds, seed: 20_260_701 });
    });
  }
});

describe('a server that is told to stop', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`answers a request whose body is still on its way (${signal})`, async () => {
      const server = await startServer();
      const body = JSON.stringify({ destinationUrl: 'https://example.com/late', slug: 'late' });
      const { socket, finish } = await sendHalf(server, body);
      const ended = server.stop(signal);
      await server.logged(/"msg":"stopping"/);
      finish();
      assert.match(
        await readUntil(socket, /\r\n\r\n\{.*\}$/),
        /^HTTP\/1\.1 201 [^]*\r\nConnection: close\r\n[^]*"slug":"late"/,
      );
      assert.equal(await ended, 0);

      const again = await startServer({ dataFolder: server.dataFolder });
      assert.equal((await new ApiClient(again.address, undefined).visit('late')).status, 302);
      await again.kill();
    });
  }

  it('takes no new connection', async () => {
    const server = await startServer();
    const { socket, finish } = await sendHalf(server, '{"destinationUrl":"https://example.com/"}');
    const ended = server.stop();
    await server.logged(/"msg":"stopping"/);
    const late = connect({ host: '127.0.0.1', port: server.port });
    const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
    finish();
    await readUntil(socket, /^HTTP\/1\.1 201 /);
    assert.equal(await ended, 0);
  });

  it('leaves the database in one file, and no lock', async () => {
    const server = await startServer();
    const api = ApiClient.of(server);
    await api.visit((await api.createLink()).slug);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(readdirSync(server.dataFolder).toSorted(), ['signpost.db', 'signpost.guard']);
  });

  it('does not wait for clients that never finish, not even until their time to do so is over', async () => {
    const server = await startServer();
    const { socket: stalled } = await sendHalf(server, '{"destinationUrl":"https://example.com/"}');
    const { socket: trickling } = await sendHalf(server, `{"title":"${' '.repeat(10_000)}"}`);
    const trickle = setInterval(() => trickling.write(' '), 50);
    trickling.once('close', () => clearInterval(trickle));
    const silent = connect({ host: '127.0.0.1', port: server.port });
    await once(silent, 'connect');
    let answers = '';
    for (const socket of [stalled, trickling]) socket.on('data', (chunk: Buffer) => (answers += chunk.toString()));
    silent.resume();
    const closed = [stalled, trickling, silent].map(closing);
    assert.equal(await server.stop(), 0);
    await Promise.all(closed);
    assert.equal(answers, '', 'a request that takes too long is told so, much later');
  });

  it('writes the clicks that it has answered and not yet written', async () => {
    const server = await startServer({ flags: ['--clicks-durability', 'batched'] });
    const api = ApiClient.of(server);
    const { slug } = await api.createLink();
    await api.visit(slug);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(hitsIn(server.dataFolder), [{ slug, counted: 1, uncounted: 0, total: 1 }]);
  });

  it('ends at once, with 1, at a second signal', async () => {
    const server = await startServer();
    const { socket } = await sendHalf(server, '{"destinationUrl":"https://example.com/"}');
    socket.on('error', () => {});
    const first = server.stop('SIGTERM');
    await server.logged(/"msg":"stopping"/);
    assert.equal(await server.stop('SIGINT'), 1);
    assert.equal(await first, 1);
  });
});
