// How often one may ask: by key, by address with wrong keys, and by address without one. Short links are never held back.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { createSecret } from '../../src/accounts/key-format.ts';
import { plansFrom } from '../../src/accounts/plans.ts';
import { systemClock } from '../../src/core/clock.ts';
import { data } from '../../src/http/answer.ts';
import { ClientAddresses } from '../../src/http/client-address.ts';
import { Entrance } from '../../src/http/entrance.ts';
import { ApiRouter } from '../../src/http/router.ts';
import { openReader, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { addKey, addUser } from '../support/accounts.ts';
import { ApiAnswer, ApiClient, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const burst = 3;
/** Until one of the three a minute comes back. */
const refillMs = 20_000;
const wrongKeys = 6;

let server: ServerProcess;
before(async () => {
  server = await startServer({
    flags: [
      ['--plans-free-requests-per-minute', String(burst)],
      ['--limits-wrong-keys-per-minute', String(wrongKeys)],
      ['--server-trusted-proxies', '127.0.0.1/32'],
    ].flat(),
  });
});

const headerNames = [
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'ratelimit-policy',
  'ratelimit',
] as const;

function rateHeaders({ headers }: ApiAnswer): (string | undefined)[] {
  return headerNames.map((name) => headers[name] as string | undefined);
}

function retryAfter({ headers }: ApiAnswer): number {
  assert.match(headers['retry-after'] ?? '', /^[1-9]\d*$/);
  return Number(headers['retry-after']);
}

/** How many requests a bucket that holds `burst` can have let through since then. */
function mostSince(start: number): number {
  return burst + Math.floor((performance.now() - start) / refillMs);
}

describe('the limit on a key', () => {
  it('lets a burst through, and not one more', async () => {
    for (let round = 0; round < 5; round++) {
      const { client } = addUser(server, 'free');
      const start = performance.now();
      const answers = await Promise.all(Array.from({ length: 50 }, () => client.get('/links')));
      const passed = answers.filter(({ status }) => status === 200).length;
      assert.ok(passed >= burst && passed <= mostSince(start), `${passed} in round ${round}`);
      const refused = answers.filter(({ status }) => status !== 200);
      assert.ok(refused.length >= 40);
      for (const answer of refused) {
        assert.deepEqual([answer.status, answer.error.code], [429, 'RATE_LIMITED']);
        assert.ok(retryAfter(answer) <= refillMs / 1000);
        const [limit, remaining, , policy, left] = rateHeaders(answer);
        assert.deepEqual([limit, remaining, policy], ['3', '0', '"default";q=3;w=60']);
        assert.equal(left, `"default";r=0;t=${answer.headers['retry-after']}`);
      }
    }
  });

  it('tells on every answer to a key what is left, whatever the answer is', async () => {
    const { client, id } = addUser(server, 'free');
    const narrow = addKey(server, id, { scopes: ['qr:*'] });
    const startS = Math.floor(Date.now() / 1000);
    const asked = [
      client.get('/links'),
      client.get('/links/lnk_nothing'),
      client.post('/links', { destinationUrl: 'no' }),
      narrow.get('/links'),
    ];
    const answers = await Promise.all(asked);
    const endS = Math.ceil(Date.now() / 1000);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404, 400, 403],
    );
    for (const answer of answers) {
      const [limit, remaining, reset, policy, left] = rateHeaders(answer);
      assert.deepEqual([limit, policy], ['3', '"default";q=3;w=60']);
      assert.match(remaining ?? '', /^[0-2]$/);
      assert.match(left ?? '', new RegExp(`^"default";r=${remaining};t=([1-9]|1\\d|20)$`));
      // The bucket is full again a minute after it was empty, at the latest.
      assert.ok(Number(reset) > startS && Number(reset) <= endS + 60, `${reset} is not within a minute of ${startS}`);
    }
  });

  it('tells nothing where no key was right', async () => {
    const nobody = new ApiClient(server.address, undefined);
    const stranger = new ApiClient(server.address, createSecret('sp'));
    for (const answer of [
      await nobody.get('/links'),
      await stranger.get('/links'),
      await nobody.get('/nothing'),
      await nobody.send('PATCH', '/links'),
    ]) {
      assert.deepEqual(
        rateHeaders(answer),
        headerNames.map(() => undefined),
      );
    }
  });

  it('holds for each key by itself', async () => {
    const { client, id } = addUser(server, 'free');
    await Promise.all(Array.from({ length: 10 }, () => client.get('/links')));
    assert.equal((await client.get('/links')).status, 429);
    assert.equal((await addKey(server, id).get('/links')).status, 200);
  });

  it('shows a large number where the plan has no limit', async () => {
    const { client } = addUser(server);
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.get('/links')));
    for (const answer of answers) {
      const [limit, remaining, , policy, left] = rateHeaders(answer);
      assert.deepEqual(
        [answer.status, limit, remaining, policy, left],
        [200, '2147483647', '2147483647', '"default";q=2147483647;w=60', '"default";r=2147483647;t=60'],
      );
    }
  });

  it('does not touch redirects, health checks, or what comes without a key', async () => {
    const { client } = addUser(server, 'free');
    const { slug } = await client.createLink();
    await Promise.all(Array.from({ length: 10 }, () => client.get('/links')));
    assert.equal((await client.get('/links')).status, 429);
    const visits = await Promise.all(Array.from({ length: 300 }, () => client.visit(slug)));
    assert.ok(visits.every(({ status }) => status === 302));
    assert.ok(visits.every(({ headers }) => headers['ratelimit'] === undefined));
    const checks = await Promise.all(
      Array.from({ length: 300 }, () => sendRequest(server.address, { path: '/healthz' })),
    );
    assert.ok(checks.every(({ status }) => status === 200));
  });
});

describe('the limit on wrong keys', () => {
  const from = (address: string, secret: string | undefined, path = '/links'): Promise<ApiAnswer> =>
    new ApiClient(server.address, secret).send('GET', path, undefined, { 'x-forwarded-for': address });

  async function statuses(count: number, addressOf: (position: number) => string): Promise<Record<number, number>> {
    const counts: Record<number, number> = {};
    for (let position = 0; position < count; position++) {
      // Every other one with a checksum that is right, so that only the database could tell.
      const { status } = await from(addressOf(position), position % 2 === 0 ? createSecret('sp') : `sp_${position}`);
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  it('turns one address away after so many, and no other', async () => {
    const counts = await statuses(30, () => '192.0.2.1');
    assert.ok((counts[401] ?? 0) >= wrongKeys && (counts[429] ?? 0) > 0, JSON.stringify(counts));
    const refused = await from('192.0.2.1', createSecret('hex'));
    assert.deepEqual([refused.status, refused.error.code], [429, 'RATE_LIMITED']);
    assert.ok(retryAfter(refused) <= 60 / wrongKeys);
    assert.equal((await from('192.0.2.2', createSecret('sp'))).status, 401);
  });

  it('looks at no more of them however many come at once', async () => {
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => from(`198.51.100.${round}`, createSecret('sp'))),
      );
      const looked = answers.filter(({ status }) => status === 401).length;
      const most = wrongKeys + Math.floor(((performance.now() - start) * wrongKeys) / 60_000);
      assert.ok(looked >= wrongKeys && looked <= most, `${looked} in round ${round}`);
      assert.ok(answers.every(({ status }) => status === 401 || status === 429));
    }
  });

  it('takes an IPv6 /64 for one address', async () => {
    const counts = await statuses(30, (position) => `2001:db8:0:1::${position.toString(16)}`);
    assert.ok((counts[429] ?? 0) > 0, JSON.stringify(counts));
    assert.equal((await from('2001:db8:0:1:ffff::1', createSecret('sp'))).status, 429);
    assert.equal((await from('2001:db8:0:2::1', createSecret('sp'))).status, 401);
  });

  it('still knows the keys that were right before, and lets no unknown one try its luck', async () => {
    const [known, unknown] = [addUser(server).client.key, addUser(server).client.key];
    assert.equal((await from('192.0.2.10', known)).status, 200);
    const guesses = Array.from({ length: 30 }, () => from('192.0.2.10', createSecret('sp')));
    const guessed = (await Promise.all(guesses)).map(({ status }) => status);
    assert.ok(guessed.includes(429));
    assert.equal((await from('192.0.2.10', unknown)).status, 429);
    assert.equal((await from('192.0.2.10', known)).status, 200);
    assert.equal((await from('192.0.2.11', unknown)).status, 200);
  });

  it('counts no request that brings no key', async () => {
    for (let i = 0; i < 50; i++) assert.equal((await from('192.0.2.20', undefined)).status, 401);
    assert.equal((await from('192.0.2.20', createSecret('sp'))).status, 401);
  });

  it('does not touch redirects', async () => {
    const { slug } = await addUser(server).client.createLink();
    await statuses(30, () => '192.0.2.30');
    const visit = await sendRequest(server.address, { path: `/${slug}`, headers: { 'x-forwarded-for': '192.0.2.30' } });
    assert.equal(visit.status, 302);
  });
});

describe('the limit on requests without a key', () => {
  let reader: Connection;
  let listening: Server;
  let address: string;

  before(async () => {
    const folder = temporaryFolder();
    prepareDatabase(folder);
    reader = openReader(folder);
    const log = pino({ level: 'silent' });
    const entrance = new Entrance({
      reader,
      plans: plansFrom(() => 0),
      clientAddresses: new ClientAddresses(['127.0.0.1']),
      wrongKeysPerMinute: 2,
      anonymousRequestsPerMinute: 2,
      storeKeyUse: () => Promise.resolve(),
      clock: systemClock,
      log,
    });
    const handle = () => data('here');
    const router = new ApiRouter({
      routes: [
        { method: 'GET', path: '/open', scope: 'public', handle },
        { method: 'GET', path: '/health', scope: 'public', isUnlimited: true, handle },
        { method: 'GET', path: '/closed', scope: 'any-key', handle },
      ],
      entrance,
      clock: systemClock,
      log,
    });
    listening = createServer((request, response) => void router.handle(request, response, 'req_1'));
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    address = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  });
  after(async () => {
    listening.close();
    await once(listening, 'close');
    if (reader.open) reader.close();
  });

  async function get(path: string, client: string, key?: string): Promise<ApiAnswer> {
    const headers = { 'x-forwarded-for': client, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
    return new ApiAnswer(await sendRequest(address, { path, headers }));
  }

  it('is by address, an IPv6 /64 being one', async () => {
    const clients = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '2001:db8::3'];
    const answers: ApiAnswer[] = [];
    for (const client of clients) answers.push(await get('/open', client));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 429, 200, 200, 200, 429],
    );
    assert.equal(answers[2]!.error.code, 'RATE_LIMITED');
    assert.ok(retryAfter(answers[2]!) <= 30);
  });

  it('is exact however many come at once', async () => {
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      // Of one customer's network, each from another address.
      const asked = Array.from({ length: 30 }, (_, i) => get('/open', `2001:db8:1:${round}::${i.toString(16)}`));
      const passed = (await Promise.all(asked)).filter(({ status }) => status === 200).length;
      const most = 2 + Math.floor((performance.now() - start) / 30_000);
      assert.ok(passed >= 2 && passed <= most, `${passed} in round ${round}`);
    }
  });

  it('leaves health checks, paths that are nowhere and missing keys alone', async () => {
    for (let i = 0; i < 3; i++) await get('/open', '192.0.2.3');
    assert.equal((await get('/open', '192.0.2.3')).status, 429);
    for (const [path, status] of [
      ['/health', 200],
      ['/nothing', 404],
      ['/closed', 401],
    ] as const) {
      for (let i = 0; i < 5; i++) assert.equal((await get(path, '192.0.2.3')).status, status);
    }
  });

  it('does not ask the database for a client that sent too many wrong keys', async () => {
    for (let i = 0; i < 2; i++) assert.equal((await get('/closed', '192.0.2.4', createSecret('sp'))).status, 401);
    // From here on, to ask it is to fail.
    reader.close();
    assert.equal((await get('/closed', '192.0.2.4', createSecret('sp'))).status, 429);
    assert.equal((await get('/closed', '192.0.2.5', createSecret('sp'))).status, 500);
  });
});
