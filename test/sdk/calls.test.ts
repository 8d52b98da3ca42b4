// One call of the client and its tries: what is no try at all, what ends it, what is the same in every try, and what a lost answer means.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ApiError, ConnectionError, Signpost, SignpostError } from '../../src/sdk/client.ts';
import { pause } from '../../src/sdk/transport.ts';
import { ApiClient } from '../support/api-client.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { closeTroubledServers, type Trouble, troubledServer } from '../support/troubled-server.ts';

after(async () => {
  closeTroubledServers();
  await closeServers();
});

const server = await startServer();
const apiKey = ApiClient.of(server).key!;
const direct = new Signpost({ apiKey, baseUrl: server.address });
const destinationUrl = 'https://example.com/';

async function behind(trouble: Trouble) {
  const { address, received } = await troubledServer(server.address, trouble);
  return { client: new Signpost({ apiKey, baseUrl: address }), received };
}

const busy: Trouble = (_request, response) => {
  response.writeHead(503, { 'retry-after': '0' }).end();
  return true;
};

describe('a call that cannot be made', () => {
  it('says so at once, and is not tried', async () => {
    for (const wrong of [undefined, null, '', ' ', 'sp_a b', 'sp_\u{20ac}', 7])
      assert.throws(() => new Signpost({ apiKey: wrong as string, baseUrl: server.address }), TypeError);
    assert.throws(() => new Signpost({ apiKey, baseUrl: 'go.example' }), TypeError);
    // As it is read from a file.
    assert.equal(
      (await new Signpost({ apiKey: `${apiKey}\n`, baseUrl: server.address }).account.me()).user.plan,
      'unlimited',
    );
    const { client, received } = await behind(() => false);
    const loop: Record<string, unknown> = {};
    loop['itself'] = loop;
    for (const metadata of [loop, { big: 1n }])
      await assert.rejects(client.links.create({ destinationUrl, metadata }), TypeError);
    await assert.rejects(client.links.create({ destinationUrl }, { idempotencyKey: '\u{43a}' }), TypeError);
    await assert.rejects(client.analytics.live({ lastEventId: '\u{43a}' }).next(), TypeError);
    for (const timeoutMs of [0, -1, NaN]) await assert.rejects(client.account.me({ timeoutMs }), RangeError);
    assert.equal(received.length, 0);
  });

  it('is none of those that may take as long as they like', async () => {
    for (const timeoutMs of [Infinity, 2 ** 31]) assert.ok(await direct.account.me({ timeoutMs }));
  });
});

describe('a call', () => {
  it('ends with the signal’s own reason, before a try, between two of them, and in the middle of a list', async () => {
    const reason = new Error('changed my mind');
    await assert.rejects(pause(30_000, AbortSignal.abort(reason)), (error) => error === reason);
    const { client, received } = await behind(() => false);
    await assert.rejects(
      client.links.list({}, { signal: AbortSignal.abort(reason) }).page(),
      (error) => error === reason,
    );
    assert.equal(received.length, 0);
    for (let n = 0; n < 3; n++) await direct.links.create({ destinationUrl });
    const stop = new AbortController();
    const looping = (async () => {
      for await (const _link of client.links.list({ perPage: 1 }, { signal: stop.signal })) stop.abort(reason);
    })();
    await assert.rejects(looping, (error) => error === reason);
    assert.equal(received.length, 1);
    // Whoever leaves the loop asks for no more pages either.
    for await (const _link of client.links.list({ perPage: 1 })) break;
    assert.equal(received.length, 2);
    // A time limit of the caller's own, for all tries together.
    const late = await behind(() => true);
    await assert.rejects(late.client.account.me({ signal: AbortSignal.timeout(20) }), {
      name: 'TimeoutError',
      code: 23,
    });
  });

  it('has one Idempotency-Key in all its tries, and another than every other call', async () => {
    const { client, received } = await behind((request, response, tries) =>
      tries % 3 === 0 ? false : busy(request, response, tries),
    );
    const ids = new Set<string>();
    for (let n = 0; n < 3; n++) ids.add((await client.links.create({ destinationUrl })).id);
    assert.equal(ids.size, 3);
    const keys = received.map(({ idempotencyKey }) => idempotencyKey);
    assert.deepEqual(
      keys,
      keys.map((_, n) => keys[n - (n % 3)]),
    );
    assert.equal(new Set(keys).size, 3);
    // The caller's own makes two calls one.
    const own = { idempotencyKey: 'order-7' };
    assert.equal(
      (await client.links.create({ destinationUrl }, own)).id,
      (await direct.links.create({ destinationUrl }, own)).id,
    );
    assert.deepEqual(new Set(received.slice(9).map(({ idempotencyKey }) => idempotencyKey)), new Set(['order-7']));
    // A POST without a body has one, too; what may be repeated anyway has none.
    const { client: other, received: asked } = await behind(() => false);
    await assert.rejects(other.domains.verify('dom_none'), ApiError);
    await other.links.upsert({ destinationUrl, slug: 'upserted' });
    assert.deepEqual(
      asked.map(({ method, idempotencyKey }) => `${method} ${typeof idempotencyKey}`),
      ['POST string', 'PUT undefined'],
    );
  });

  it('that deletes has succeeded where only its answer was lost', async () => {
    const { client, received } = await behind((request, _response, tries) => {
      if (tries > 1) return false;
      const { url = '', headers } = request;
      const authorization = headers.authorization!;
      void fetch(`${server.address}${url}`, { method: 'DELETE', headers: { authorization } }).then(() =>
        request.socket.destroy(),
      );
      return true;
    });
    const { id } = await direct.qr.create({ url: destinationUrl, name: 'Poster' });
    assert.equal(await client.qr.delete(id), undefined);
    assert.equal(received.length, 2);
    // Where none was lost, there is no such thing.
    await assert.rejects(client.qr.delete(id), { code: 'NOT_FOUND' });
    const late = await behind((request, response, tries) => tries === 1 && busy(request, response, tries));
    await assert.rejects(late.client.qr.delete(id), { code: 'NOT_FOUND' });
    // Nor do other calls take it for a success.
    const lost = await behind((request, _response, tries) => {
      if (tries === 1) request.socket.destroy();
      return tries === 1;
    });
    await assert.rejects(lost.client.qr.get(id), { code: 'NOT_FOUND' });
  });

  it('does not follow a redirect, which would show the key to somebody else', async () => {
    for (const status of [301, 302, 307, 308]) {
      const { client, received } = await behind((_request, response) => {
        response.writeHead(status, { location: `${server.address}/api/v1/me` }).end();
        return true;
      });
      const error: unknown = await client.account.me().catch((one: unknown) => one);
      assert.ok(error instanceof SignpostError && !(error instanceof ConnectionError), String(error));
      assert.match(error.message, /redirects/);
      assert.equal(received.length, 1);
    }
  });
});
