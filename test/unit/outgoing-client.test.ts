import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer, isIP } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { AllowList, isPublicAddress, urlFault } from '../../src/outgoing/address-rules.ts';
import { systemConnect } from '../../src/outgoing/connect.ts';
import { GuardedConnector, NotConnected } from '../../src/outgoing/guarded-connector.ts';
import { OutgoingClient } from '../../src/outgoing/outgoing-client.ts';
import { HandledServer } from '../support/handled-server.ts';
import { faultOf, requestFor } from '../support/outgoing-requests.ts';
import { blockedAnswers, blockedLiterals, publicAddresses } from './blocked-destinations.ts';

/** Everything that was looked up or connected to although it must not be: said at the end, since the client makes all failures look alike. */
const crossed: string[] = [];
const neverConnect = (address: string): never => {
  crossed.push(`connected to ${address}`);
  throw new Error('nobody there');
};
const neverResolve = (host: string): never => {
  crossed.push(`looked up ${host}`);
  throw new Error('no such name');
};
afterEach(() => assert.deepEqual(crossed.splice(0), []));

describe('a place that is not public', () => {
  it('is written in at least 200 ways', () => {
    const ways = [...blockedLiterals, ...blockedAnswers.map((addresses) => addresses.join())];
    assert.ok(new Set(ways).size >= 200, `${new Set(ways).size} ways`);
  });

  for (const scheme of ['http', 'https']) {
    it(`is never connected to as the host of an ${scheme} URL`, async () => {
      const client = new OutgoingClient({ allow: [], resolve: neverResolve, connect: neverConnect });
      for (const host of blockedLiterals) {
        const text = `${scheme}://${host}/hook`;
        if (!URL.canParse(text)) continue;
        assert.notEqual(client.urlFault(new URL(text)), undefined, text);
        assert.equal((await faultOf(client, requestFor(text))).message, 'it could not be reached', text);
      }
    });
  }

  it('is never connected to when a name leads there', async () => {
    for (const addresses of blockedAnswers) {
      const client = new OutgoingClient({
        allow: [],
        resolve: () => Promise.resolve(addresses),
        connect: neverConnect,
      });
      const error = await faultOf(client, requestFor('https://name.example/'));
      assert.deepEqual([error.fault, error.message], ['unreachable', 'it could not be reached'], addresses.join());
    }
  });

  it('is checked where connections are made as well, whoever asks for one', async () => {
    const allow = new AllowList([]);
    const literals = [...blockedLiterals.map((host) => host.replaceAll(/^\[|\]$/g, '')), ...blockedAnswers.flat()];
    const hosts = literals.filter((host) => isIP(host) !== 0 && !publicAddresses.includes(host));
    for (const zoned of ['fe80::1%eth0', '2606:4700::1111%eth0', '::1%1'])
      assert.ok(isIP(zoned) !== 0 && hosts.push(zoned));
    const connector = new GuardedConnector({ allow, resolve: neverResolve, connect: neverConnect });
    for (const scheme of ['http:', 'https:'] as const) {
      for (const host of hosts) await assert.rejects(connector.open({ scheme, host, port: 443 }), NotConnected, host);
    }
    assert.ok(hosts.length > 100, `${hosts.length} addresses`);
  });

  it('is never reached by a name that leads elsewhere a moment later', async () => {
    const answers = [['93.184.215.14'], ['127.0.0.1']];
    const connected: string[] = [];
    const client = new OutgoingClient({
      allow: [],
      resolve: () => Promise.resolve(answers.shift() ?? []),
      connect: (address) => {
        connected.push(address);
        return Promise.reject(new Error('nobody there'));
      },
    });
    await faultOf(client, requestFor('https://name.example/'));
    await faultOf(client, requestFor('https://name.example/'));
    assert.deepEqual(connected, ['93.184.215.14']);
  });

  it('looks like one that does not exist or does not answer', async () => {
    const refusing = (): Promise<never> => Promise.reject(new Error('ECONNREFUSED'));
    const shown = async (resolve: () => Promise<string[]>): Promise<string> =>
      (await faultOf(new OutgoingClient({ allow: [], resolve, connect: refusing }), requestFor('https://a.example/')))
        .message;
    const messages = [
      await shown(() => Promise.resolve(['10.0.0.1'])),
      await shown(() => Promise.resolve(['93.184.215.14'])),
      await shown(() => Promise.reject(new Error('ENOTFOUND'))),
    ];
    assert.equal(new Set(messages).size, 1);
  });
});

describe('a public address', () => {
  it('is one, and one beside a blocked range too', () => {
    for (const address of publicAddresses) assert.ok(isPublicAddress(address), address);
  });

  it('is connected to as it was resolved, each in turn until one answers', async () => {
    const tried: string[] = [];
    const client = new OutgoingClient({
      allow: [],
      resolve: () => Promise.resolve(['1.1.1.1', '2606:4700::1111', '8.8.8.8']),
      connect: (address, port) => {
        tried.push(`${address} ${port}`);
        return Promise.reject(new Error('refused'));
      },
    });
    await faultOf(client, requestFor('https://name.example:8443/'));
    assert.deepEqual(tried, ['1.1.1.1 8443', '2606:4700::1111 8443', '8.8.8.8 8443']);
  });

  it('gets nothing that is not encrypted', async () => {
    const client = new OutgoingClient({ allow: [], resolve: neverResolve, connect: neverConnect });
    assert.equal(client.urlFault(new URL('http://93.184.215.14/')), 'must begin with https://');
    assert.equal(client.urlFault(new URL('http://name.example/')), 'must begin with https://');
    await faultOf(client, requestFor('http://name.example/'));
  });
});

describe('the allow-list', () => {
  const allow = new AllowList(['hooks.internal', '10.0.0.0/8', 'fd00::/8', '127.0.0.1']);

  it('opens hosts, networks and addresses, and nothing beside them', () => {
    const fault = (text: string): string | undefined => urlFault(allow, new URL(text));
    for (const open of ['http://hooks.internal/', 'http://HOOKS.internal./', 'http://10.9.8.7/', 'https://[fd00::1]/'])
      assert.equal(fault(open), undefined, open);
    for (const open of ['http://127.1:8080/', 'http://[::ffff:10.0.0.1]/']) assert.equal(fault(open), undefined, open);
    for (const shut of ['http://x.hooks.internal/', 'http://11.0.0.1/', 'https://127.0.0.2/', 'https://[fe80::1]/'])
      assert.notEqual(fault(shut), undefined, shut);
    assert.match(fault('ftp://hooks.internal/') ?? '', /https/);
    assert.match(fault('https://user@hooks.internal/') ?? '', /user name/);
    assert.match(fault('https://:secret@example.com/') ?? '', /user name/);
  });

  it('opens a network for names that lead into it, encrypted ones alone', async () => {
    const tried: string[] = [];
    const client = new OutgoingClient({
      allow: ['10.0.0.0/8'],
      resolve: (host) => Promise.resolve(host === 'both.example' ? ['10.0.0.1', '127.0.0.1'] : ['10.0.0.1']),
      connect: (address) => {
        tried.push(address);
        return Promise.reject(new Error('refused'));
      },
    });
    await faultOf(client, requestFor('https://inside.example/'));
    await faultOf(client, requestFor('https://both.example/'));
    await faultOf(client, requestFor('http://inside.example/'));
    assert.deepEqual(tried, ['10.0.0.1']);
  });
});

describe('a request to a real server', () => {
  const server = new HandledServer();
  const client = new OutgoingClient({ allow: ['127.0.0.1'], timeoutMs: 60_000 });
  const impatient = new OutgoingClient({ allow: ['127.0.0.1'], timeoutMs: 500 });
  let origin: string;
  before(async () => {
    await server.listen();
    ({ origin } = server);
  });
  after(() => {
    client.close();
    impatient.close();
    server.close();
  });

  it('carries method, path, headers and body, and brings the answer back', async () => {
    const got: string[] = [];
    server.handle = (request, response) => {
      request.on('data', (chunk: Buffer) => got.push(chunk.toString()));
      request.on('end', () => {
        got.push(`${request.method} ${request.url} ${request.headers.host} ${String(request.headers['x-a'])}`);
        response.writeHead(201, { 'x-b': 'c' }).end('done');
      });
    };
    const answer = await client.send(requestFor(`${origin}/hook?a=b`, { headers: { 'x-a': '1' } }));
    assert.deepEqual(got, ['hello', `POST /hook?a=b ${new URL(origin).host} 1`]);
    assert.deepEqual(
      [answer.status, answer.headers['x-b'], answer.body.toString(), answer.isWhole],
      [201, 'c', 'done', true],
    );
    assert.ok(answer.durationMs > 0);
  });

  it('goes to a listed name wherever this machine says that it is', async () => {
    server.handle = (_, response) => response.end();
    const named = new OutgoingClient({ allow: ['localhost'] });
    const { port } = server;
    assert.equal((await named.send(requestFor(`http://localhost:${port}/`))).status, 200);
    named.close();
  });

  it('takes what comes before the answer for no answer, and the first of headers that come twice', async () => {
    server.handle = (_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeProcessing();
      response.writeHead(503, [
        ['Retry-After', '5'],
        ['Retry-After', '7'],
      ]);
      response.end('later');
    };
    const { status, headers, body } = await client.send(requestFor(origin));
    assert.deepEqual([status, headers['retry-after'], body.toString()], [503, '5', 'later']);
  });

  it('follows no redirect', async () => {
    const seen: string[] = [];
    server.handle = (request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    };
    assert.equal((await client.send(requestFor(`${origin}/here`))).status, 307);
    assert.deepEqual(seen, ['/here']);
  });

  it('reads no more of an answer than it was told to', async () => {
    server.handle = (_, response) => {
      response.on('error', () => {});
      const more = (): boolean => response.destroyed || (response.write('x'.repeat(10_000)) && more());
      response.on('drain', more);
      more();
    };
    const answer = await client.send(requestFor(origin, { maxBytes: 1_234 }));
    assert.deepEqual([answer.status, answer.body.length, answer.isWhole], [200, 1_234, false]);
    server.handle = (_, response) => response.end('x'.repeat(1_234));
    assert.equal((await client.send(requestFor(origin, { maxBytes: 1_234 }))).isWhole, true);
  });

  it('gives up on one that hangs, trickles, or never ends its headers', async () => {
    server.handle = () => {};
    assert.equal((await faultOf(impatient, requestFor(origin))).fault, 'timeout');
    server.handle = (_, response) => {
      response.on('error', () => {});
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const error = await faultOf(impatient, requestFor(origin));
    assert.deepEqual([error.fault, error.message], ['timeout', 'it did not answer in time']);
    const endless = createTcpServer((socket) => {
      socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('X-A: b\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
      socket.resume();
    });
    endless.listen(0, '127.0.0.1');
    await once(endless, 'listening');
    const { port } = endless.address() as AddressInfo;
    assert.equal((await faultOf(impatient, requestFor(`http://127.0.0.1:${port}/`))).fault, 'timeout');
    endless.close();
  });

  it('fails where the answer breaks off, is no HTTP, or is another protocol', async () => {
    server.handle = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('part');
      setImmediate(() => response.destroy());
    };
    assert.equal((await faultOf(client, requestFor(origin))).fault, 'broken');
    for (const text of [
      'SSH-2.0-x\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ]) {
      const odd = createTcpServer((socket) => socket.on('error', () => {}).once('data', () => socket.write(text)));
      odd.listen(0, '127.0.0.1');
      await once(odd, 'listening');
      const { port } = odd.address() as AddressInfo;
      assert.equal((await faultOf(client, requestFor(`http://127.0.0.1:${port}/`))).fault, 'broken', text);
      odd.close();
    }
  });

  it('reaches nobody at a closed port, and never goes by a proxy of the environment', async () => {
    const proxied = server.connections;
    process.env['HTTP_PROXY'] = origin;
    process.env['http_proxy'] = origin;
    process.env['NODE_USE_ENV_PROXY'] = '1';
    assert.equal((await faultOf(client, requestFor('http://127.0.0.1:1/'))).fault, 'unreachable');
    for (const name of ['HTTP_PROXY', 'http_proxy', 'NODE_USE_ENV_PROXY']) delete process.env[name];
    assert.equal(server.connections, proxied);
  });

  it('ends an attempt to connect that has taken too long', async () => {
    const controller = new AbortController();
    controller.abort(new Error('too long'));
    const { port } = server;
    await assert.rejects(systemConnect('127.0.0.1', port, controller.signal), /too long/);
    const hanging = new OutgoingClient({
      allow: ['127.0.0.1'],
      timeoutMs: 50,
      connect: () => new Promise(() => {}),
    });
    assert.equal((await faultOf(hanging, requestFor(origin))).fault, 'unreachable');
    connect(port, '127.0.0.1').destroy();
  });
});
