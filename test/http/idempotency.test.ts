// The Idempotency-Key header: what is asked twice happens once, also at the same moment and across a crash.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { openForCommand } from '../../src/storage/database.ts';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, MachineClock, runSignpost, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let client: ApiClient;
before(async () => {
  server = await startServer();
  client = ApiClient.of(server);
});

const body = { destinationUrl: 'https://example.com/once' };
const once = (key: string, sent: unknown = body, by = client) =>
  by.send('POST', '/links', sent, { 'idempotency-key': key });
const countOf = async (search: string): Promise<number> => (await client.get(`/links?search=${search}`)).meta.total;

describe('Idempotency-Key', () => {
  it("gives the second call the first one's link", async () => {
    const first = await once('again');
    const second = await once('again');
    assert.equal(second.status, 201);
    assert.equal(second.text, first.text);
  });

  it('runs once when many send the same key at the same moment', async () => {
    const sent = { destinationUrl: 'https://example.com/at-once' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => once('at-once', sent)));
    assert.equal(new Set(answers.map((answer) => answer.data<LinkObject>().id)).size, 1);
    assert.equal(await countOf('at-once'), 1);
  });

  it('refuses the same key with another body, path or query', async () => {
    await once('reused');
    for (const answer of [
      await once('reused', { destinationUrl: 'https://example.com/other' }),
      await client.send('POST', '/links?', body, { 'idempotency-key': 'reused' }),
      await client.send('POST', '/links/bulk', [body], { 'idempotency-key': 'reused' }),
    ]) {
      assert.equal(answer.status, 422);
      assert.equal(answer.error.code, 'IDEMPOTENCY_KEY_REUSED');
    }
  });

  it('keeps users apart', async () => {
    const folder = ['--data-dir', server.dataFolder];
    const user = await runSignpost(['users', 'create', '--email', 'b@example.com', '--name', 'B', ...folder]);
    const key = await runSignpost(['keys', 'create', '--user', user.stdout.trim(), '--name', 'k', ...folder]);
    const other = new ApiClient(server.address, key.stdout.trim());
    const mine = (await once('shared')).data<LinkObject>();
    const theirs = (await once('shared', { destinationUrl: 'https://example.com/theirs' }, other)).data<LinkObject>();
    assert.notEqual(mine.id, theirs.id);
  });

  it("is one API key's: another key of the same user is refused, and does nothing", async () => {
    const sent = { destinationUrl: 'https://example.com/by-two-keys' };
    await once('two-keys', sent);
    const { secret } = (await client.post('/api-keys', { name: 'second' })).data<{ secret: string }>();
    const answer = await once('two-keys', sent, new ApiClient(server.address, secret));
    assert.deepEqual([answer.status, answer.error.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
    assert.equal(await countOf('by-two-keys'), 1);
  });

  it('leaves nothing in the database by which a password in the body could be guessed', async () => {
    const sent = { ...body, password: 'hunter2!' };
    assert.equal((await once('guessed', sent)).status, 201);
    const path = '/api/v1/links';
    // All that a thief of the database knows or guesses, the password among it; the key itself is no part of that.
    const guess = Buffer.from(`POST ${path}\n${JSON.stringify(sent)}`);
    const connection = openForCommand(server.dataFolder);
    try {
      const stored = connection.prepare<[], Buffer>("SELECT request_hash FROM idempotency_keys WHERE key = 'guessed'");
      const requestHash = stored.pluck().get()!;
      const secrets = connection.prepare<[], Buffer>('SELECT value FROM settings').pluck().all();
      const keyHashes = connection.prepare<[], Buffer>('SELECT secret_hash FROM api_keys').pluck().all();
      assert.ok(secrets.length > 0 && keyHashes.length > 0);
      assert.notDeepEqual(requestHash, createHash('sha256').update(guess).digest());
      for (const held of [...secrets, ...keyHashes])
        assert.notDeepEqual(requestHash, createHmac('sha256', held).update(guess).digest());
      // What it is made with, so that the lines above try the right text.
      assert.deepEqual(requestHash, createHmac('sha256', client.key!).update(guess).digest());
    } finally {
      connection.close();
    }
  });

  it('does not keep a failure: the same key may succeed afterwards', async () => {
    assert.equal((await once('failed', { destinationUrl: 'nonsense' })).status, 400);
    assert.equal((await once('failed')).status, 201);
  });

  it('does not show a link as it was once it has been changed since', async () => {
    const { id, slug } = (await once('changed', { ...body, slug: 'idem-changed' })).data<LinkObject>();
    await client.patch(`/links/${id}`, { destinationUrl: 'https://example.com/new' });
    await once('changed', { ...body, slug });
    assert.equal((await client.link(id)).destinationUrl, 'https://example.com/new');
    const redirect = await fetch(`${server.address}/${slug}`, { redirect: 'manual' });
    assert.equal(redirect.headers.get('location'), 'https://example.com/new');
  });

  it('restores a version once', async () => {
    const { id, slug } = await client.createLink({ destinationUrl: 'https://example.com/v1' });
    await client.patch(`/links/${id}`, { destinationUrl: 'https://example.com/v2' });
    const restore = () => client.send('POST', `/links/${id}/restore`, { version: 1 }, { 'idempotency-key': 'restore' });
    assert.equal((await restore()).data<LinkObject>().destinationUrl, 'https://example.com/v1');
    await client.patch(`/links/${id}`, { destinationUrl: 'https://example.com/v3' });
    assert.equal((await restore()).data<LinkObject>().destinationUrl, 'https://example.com/v1');
    const redirect = await fetch(`${server.address}/${slug}`, { redirect: 'manual' });
    assert.equal(redirect.headers.get('location'), 'https://example.com/v3');
  });

  it('makes a bulk call once', async () => {
    const links = [
      { destinationUrl: 'https://example.com/bulk-once' },
      { destinationUrl: 'https://example.com/bulk-once' },
    ];
    const send = () => client.send('POST', '/links/bulk', links, { 'idempotency-key': 'bulk' });
    const [first, second] = [await send(), await send()];
    assert.equal(first.text, second.text);
    assert.equal(await countOf('bulk-once'), 2);
  });

  it('archives many links once: one that is back since stays', async () => {
    const links = [await client.createLink(), await client.createLink()];
    const body = { ids: [...links.map(({ id }) => id), 'lnk_unknown'] };
    const send = () => client.send('POST', '/links/bulk-archive', body, { 'idempotency-key': 'bulk-archive' });
    const first = await send();
    assert.deepEqual(first.data(), { archived: 2, notFound: ['lnk_unknown'] });
    await client.patch(`/links/${links[0]!.id}`, { isArchived: false });
    assert.equal((await send()).text, first.text);
    assert.deepEqual(
      [(await client.visit(links[0]!.slug)).status, (await client.visit(links[1]!.slug)).status],
      [302, 410],
    );
  });

  it('runs each kind of call on links once when it is sent many times at the same moment', async () => {
    for (let round = 0; round < 3; round++) {
      const name = `each${round}end`;
      const wanted = { destinationUrl: `https://example.com/${name}` };
      const { id } = await client.createLink({ destinationUrl: 'https://example.com/before' });
      await client.patch(`/links/${id}`, { destinationUrl: 'https://example.com/after' });
      const calls: [path: string, body: unknown][] = [
        ['/links', wanted],
        ['/links', { ...wanted, findExisting: true, title: 'found' }],
        ['/links', { ...wanted, password: 'correct horse' }],
        ['/links/bulk', [wanted, wanted]],
        ['/links/bulk?atomic=true', [wanted, wanted]],
        [`/links/${id}/restore`, { version: 1 }],
      ];
      const answers = await Promise.all(
        calls.map(([path, body], n) =>
          Promise.all(
            Array.from({ length: 10 }, () => client.send('POST', path, body, { 'idempotency-key': `${name}-${n}` })),
          ),
        ),
      );
      for (const [n, same] of answers.entries()) {
        // The first answer is everybody's.
        assert.deepEqual(new Set(same.map(({ text }) => text)).size, 1, calls[n]![0]);
        assert.ok(same[0]!.status < 300, same[0]!.text);
      }
      assert.equal(await countOf(name), 3 + 2 + 2);
      assert.equal((await client.get(`/links/${id}/history`)).data<unknown[]>().length, 3);
    }
  });

  it('refuses keys that are empty, too long or not visible ASCII', async () => {
    for (const key of ['', 'x'.repeat(256), 'a b', 'caf\u00e9']) {
      const answer = await once(key);
      assert.equal(answer.status, 400, key);
      assert.deepEqual(
        answer.error.details?.map((detail) => detail.path),
        ['Idempotency-Key'],
      );
    }
  });

  it('gives the answer again although the link could not be made so any more', async () => {
    const clock = new MachineClock('2026-07-01T12:00:00Z');
    const own = ApiClient.of(await startServer({ environment: clock.environment }));
    const soon = { ...body, slug: 'expires-soon', expiresAt: '2026-07-01T13:00:00Z' };
    const send = (key: string, sent: unknown) => once(key, sent, own);
    const sendBulk = () =>
      own.send('POST', '/links/bulk', [{ ...soon, slug: 'soon-2' }, body], { 'idempotency-key': 'expires-2' });
    const [first, inBulk] = [await send('expires', soon), await sendBulk()];
    assert.deepEqual([first.status, inBulk.status], [201, 201], first.text + inBulk.text);
    clock.set(3_600_000);
    assert.equal((await own.visit('soon-2')).status, 410);
    assert.equal((await send('expires', { ...soon, title: 'other' })).error.code, 'IDEMPOTENCY_KEY_REUSED');
    assert.equal((await send('expires-new', soon)).error.code, 'INVALID_EXPIRATION');
    assert.equal((await send('expires', soon)).text, first.text);
    assert.equal((await sendBulk()).text, inBulk.text);
  });

  it('makes one link a key, whoever asks for what with it at the same moment and afterwards', async () => {
    let run = 0;
    const call = fc.record({ key: fc.nat(2), wanted: fc.nat(2) });
    const bursts = fc.array(fc.array(call, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(bursts, async (all) => {
        const name = `run${++run}end`;
        /** By key, the id of its one link and what it was made of. */
        const known = new Map<number, { id: string; wanted: number }>();
        for (const burst of all) {
          const answers = await Promise.all(
            burst.map(({ key, wanted }) =>
              once(`${name}-${key}`, { destinationUrl: `https://example.com/${name}`, title: String(wanted) }),
            ),
          );
          answers.forEach((answer, i) => {
            const { key, wanted } = burst[i]!;
            if (answer.status === 201 && !known.has(key)) known.set(key, { id: answer.data<LinkObject>().id, wanted });
          });
          answers.forEach((answer, i) => {
            const { key, wanted } = burst[i]!;
            const first = known.get(key)!;
            if (wanted === first.wanted) assert.equal(answer.data<LinkObject>().id, first.id);
            else assert.equal(answer.error.code, 'IDEMPOTENCY_KEY_REUSED');
          });
        }
        assert.equal(await countOf(name), known.size);
      }),
      { numRuns: 15 },
    );
  });

  it('survives kill -9', async () => {
    const first = await startServer();
    const before = (await once('crash', body, ApiClient.of(first))).data<LinkObject>();
    await first.kill();
    const second = await startServer({ dataFolder: first.dataFolder });
    const again = new ApiClient(second.address, first.firstKey);
    assert.equal((await once('crash', body, again)).data<LinkObject>().id, before.id);
    assert.equal((await again.get('/links')).meta.total, 1);
  });
});
