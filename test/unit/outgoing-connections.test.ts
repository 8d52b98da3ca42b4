// The connections of our own requests: kept for the next one, up to a number, and never trusted without a certificate of their host.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { OutgoingClient } from '../../src/outgoing/outgoing-client.ts';
import { HandledServer } from '../support/handled-server.ts';
import { faultOf, requestFor } from '../support/outgoing-requests.ts';
import { selfSigned } from '../support/self-signed.ts';

const client = new OutgoingClient({ allow: ['127.0.0.1'] });
after(() => client.close());

describe('a kept connection', () => {
  const server = new HandledServer();
  let origin: string;
  before(async () => {
    await server.listen();
    ({ origin } = server);
  });
  after(() => server.close());

  it('is used for the next request', async () => {
    server.handle = (_, response) => response.end();
    await client.send(requestFor(origin));
    const before = server.connections;
    for (let n = 0; n < 5; n++) await client.send(requestFor(origin));
    assert.equal(server.connections, before);
  });

  it('that the server closes just then is replaced, and the request sent again', async () => {
    let requests = 0;
    // Answers once a connection, and resets it at the second request.
    const flaky = createTcpServer((socket) => {
      let seen = 0;
      socket.on('error', () => {});
      socket.on('data', () => {
        requests++;
        if (++seen > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    flaky.listen(0, '127.0.0.1');
    await once(flaky, 'listening');
    const url = `http://127.0.0.1:${(flaky.address() as AddressInfo).port}/`;
    for (let n = 0; n < 3; n++) assert.equal((await client.send(requestFor(url))).status, 200);
    assert.equal(requests, 5);
    flaky.close();
  });

  it('is replaced once, and not where the new one is closed as well', async () => {
    let requests = 0;
    const closing = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        if (++requests > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    closing.listen(0, '127.0.0.1');
    await once(closing, 'listening');
    const url = `http://127.0.0.1:${(closing.address() as AddressInfo).port}/`;
    assert.equal((await client.send(requestFor(url))).status, 200);
    assert.equal((await faultOf(client, requestFor(url))).fault, 'broken');
    assert.equal(requests, 3);
    assert.equal((await faultOf(client, requestFor(url))).fault, 'broken');
    assert.equal(requests, 4);
    closing.close();
  });

  it('is one of eight at most, and ended when the client is closed', async () => {
    const several = new OutgoingClient({ allow: ['127.0.0.1'] });
    const waiting: ServerResponse[] = [];
    const closed: Promise<unknown>[] = [];
    server.handle = (request, response) => {
      closed.push(new Promise((resolve) => request.socket.once('close', resolve)));
      waiting.push(response);
      // Not before all have come: each has a connection of its own.
      if (waiting.length === 10) for (const one of waiting) one.end();
    };
    await Promise.all(Array.from({ length: 10 }, () => several.send(requestFor(origin))));
    let stillOpen = 10;
    const lastOfTwo = new Promise<void>((resolve) => {
      for (const end of closed) void end.then(() => --stillOpen === 8 && resolve());
    });
    await lastOfTwo;
    server.handle = (_, response) => response.end();
    const before = server.connections;
    await several.send(requestFor(origin));
    assert.deepEqual([stillOpen, server.connections - before], [8, 0]);
    const asked = new Promise<void>((resolve) => (server.handle = () => resolve()));
    const underWay = faultOf(several, requestFor(origin));
    await asked;
    several.close();
    assert.equal((await underWay).fault, 'broken');
    await Promise.all(closed);
  });
});

describe('an encrypted connection', () => {
  it('needs a certificate that somebody vouches for, whatever the environment says', async () => {
    const { key, cert } = selfSigned;
    const secure = createTlsServer({ key, cert }, (_, response) => response.end());
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const { port } = secure.address() as AddressInfo;
    const error = await faultOf(client, requestFor(`https://127.0.0.1:${port}/`));
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    assert.deepEqual([error.fault, error.message], ['certificate', 'its certificate is not valid']);
    secure.close();
  });

  it('names its host, and carries nothing to one whose certificate is for another', async () => {
    const { key, cert } = selfSigned;
    const trusted = getCACertificates();
    setDefaultCACertificates([...trusted, cert]);
    const named: string[] = [];
    let requests = 0;
    const secure = createTlsServer(
      { key, cert, SNICallback: (name, done) => (named.push(name), done(null)) },
      (_, response) => {
        requests++;
        response.end();
      },
    );
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const { port } = secure.address() as AddressInfo;
    const client = new OutgoingClient({ allow: ['127.0.0.1'], resolve: () => Promise.resolve(['127.0.0.1']) });
    assert.equal((await client.send(requestFor(`https://127.0.0.1:${port}/`))).status, 200);
    const over = new Promise<void>((resolve) =>
      secure.once('connection', (socket: Socket) => socket.once('close', () => resolve())),
    );
    const error = await faultOf(client, requestFor(`https://name.example:${port}/`));
    await over;
    assert.deepEqual([error.fault, named, requests], ['certificate', ['name.example'], 1]);
    client.close();
    secure.close();
    setDefaultCACertificates(trusted);
  });
});
