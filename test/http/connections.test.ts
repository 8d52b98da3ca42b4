// What happens on one connection: answers in order, clients that leave, clients that do not.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { closing } from '../support/closing.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { RawConnection, sendRaw } from './raw-connection.ts';

after(closeServers);
checkExchanges();

const server = await startServer();
const api = ApiClient.of(server);
const host = new URL(server.address).host;
const health = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const create = `POST /api/v1/links HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${api.key}\r\n`;

async function assertHealthy(): Promise<void> {
  assert.equal((await sendRequest(server.address, { path: '/healthz' })).status, 200);
}

describe('a connection', () => {
  it('gets its answers in the order of its requests, also those that wait for a commit', async () => {
    await api.createLink({ slug: 'first' });
    const open = `GET /first HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${personsBrowser}\r\n\r\n`;
    const body = '{"destinationUrl":"https://example.com/","slug":"second"}';
    const answers = await sendRaw(
      server.port,
      `${open}${health}${create}Content-Length: ${body.length}\r\n\r\n${body}${open}\x01garbage`,
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [302, 200, 201, 302, 400],
    );
  });

  it('goes on after a body that was too large, declared or in chunks', async () => {
    const connection = await RawConnection.to(server.port);
    const mib = 1024 * 1024;
    connection.write(`${create}Content-Length: ${2 * mib}\r\n\r\n`);
    assert.equal((await connection.answer())?.status, 413);
    connection.write(Buffer.alloc(2 * mib));
    connection.write(`${create}Transfer-Encoding: chunked\r\n\r\n${(3 * mib).toString(16)}\r\n`);
    connection.write(Buffer.alloc(mib + 1));
    assert.equal((await connection.answer())?.status, 413);
    connection.write(Buffer.alloc(2 * mib - 1));
    connection.write(`\r\n0\r\n\r\n${health}`);
    assert.equal((await connection.answer())?.status, 200);
    connection.close();
  });

  it('is told what is wrong although its body is still on its way', async () => {
    const connection = await RawConnection.to(server.port);
    connection.write(
      `POST /api/v1/links HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n`,
    );
    assert.equal((await connection.answer())?.status, 401);
    connection.write(Buffer.alloc(3_000_000));
    assert.deepEqual(await connection.rest(), []);
  });

  it('is answered once when its body turns out to be none after the answer', async () => {
    const connection = await RawConnection.to(server.port);
    connection.write(`POST /api/v1/links HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`);
    assert.equal((await connection.answer())?.status, 401);
    connection.write('zz\r\n');
    assert.deepEqual(await connection.rest(), []);
  });

  it('may be asked to CONNECT and reset', async () => {
    const connection = await RawConnection.to(server.port);
    connection.write(`CONNECT example.com:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assert.equal((await connection.answer())?.status, 405);
    connection.socket.resetAndDestroy();
    await assertHealthy();
  });

  it('leaves no trace when the client goes away before, within and after its body', async () => {
    const beginnings = [
      'POST /api/v1/li',
      `${create}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n`,
      `${create}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n{"destinationUrl":`,
      `${create}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\n{"des`,
      `${create}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}`,
    ];
    for (const beginning of beginnings) {
      for (const leave of ['resetAndDestroy', 'destroy', 'end'] as const) {
        const connection = await RawConnection.to(server.port);
        connection.write(beginning);
        // The server has begun to read the body when it says so.
        if (beginning.includes('100-continue')) assert.equal((await connection.answer())?.status, 100);
        const closed = closing(connection.socket);
        connection.socket[leave]();
        await closed;
      }
    }
    await assertHealthy();
  });
});

describe('a client that does not leave', () => {
  it('is put out, and makes room for the next', async () => {
    const narrow = await startServer({ flags: ['--server-max-connections', '1'] });
    const stayer = await RawConnection.to(narrow.port, { allowHalfOpen: true });
    stayer.write('garbage\r\n\r\n');
    assert.equal((await stayer.answer())?.status, 400);
    // The server closes a connection too many at once: each such close is the sign to look again.
    for (;;) {
      const next = await RawConnection.to(narrow.port);
      next.write(health);
      const answer = await next.answer();
      next.close();
      if (answer === undefined) continue;
      assert.equal(answer.status, 200);
      break;
    }
    stayer.close();
  });
});

describe('the server afterwards', () => {
  it('has logged no failure and stops in peace', async () => {
    assert.equal(await server.stop(), 0);
    assert.doesNotMatch((await server.ended).stderr, /"level":"(?:warn|error|fatal)"|Error/);
  });
});
