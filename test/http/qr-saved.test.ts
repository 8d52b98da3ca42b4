// Saved QR codes: made, found, changed, deleted, downloaded; by their owner alone, within the plan, and only what can be scanned.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addKey, addUser } from '../support/accounts.ts';
import { ApiClient } from '../support/api-client.ts';
import { dataUrl, pngLogo, svgLogo } from '../support/qr-logos.ts';
import { pixelsOf } from '../support/qr-reading.ts';
import { askForBytes, createQr, type QrObject, scanned } from '../support/qr-requests.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let api: ApiClient;
before(async () => {
  server = await startServer({ flags: ['--plans-free-max-qr-codes', '3', '--plans-free-requests-per-minute', '0'] });
  api = ApiClient.of(server);
});

const url = 'https://example.com/summer';
const logo = dataUrl('svg+xml', svgLogo);

async function assertInvalid(
  method: string,
  path: string,
  body: object,
  field: string,
  expected: RegExp,
): Promise<void> {
  const { status, error } = await api.send(method, path, body);
  assert.deepEqual([status, error.code], [400, 'VALIDATION_ERROR'], error.message);
  assert.match(error.details?.find((detail) => detail.path === field)?.message ?? JSON.stringify(error), expected);
}

describe('POST /qr', () => {
  it('answers every key, the style and the scans both nested and flat', async () => {
    const qr = await createQr(api, { name: 'Poster', url, size: 512, foregroundColor: '#1a365d', cornerRadius: 12.5 });
    const style = {
      size: 512,
      foregroundColor: '#1a365d',
      backgroundColor: '#FFFFFF',
      cornerRadius: 12.5,
      errorCorrection: 'M',
      margin: 4,
      eyeStyle: 'square',
      logoSize: 20,
      format: 'svg',
      logoUrl: null,
      hasLogo: false,
    };
    const stats = { scanCount: 0, lastScannedAt: null };
    const { id, createdAt } = qr;
    assert.match(id, /^qr_[0-9A-Za-z]{16}$/);
    assert.deepEqual(qr, {
      id,
      name: 'Poster',
      url,
      trackingUrl: null,
      linkId: null,
      style,
      isErrorCorrectionRaised: false,
      imageUrl: `${server.address}/api/v1/qr/${id}/download`,
      stats,
      ...style,
      ...stats,
      createdAt,
      updatedAt: createdAt,
    });
    assert.deepEqual((await api.get(`/qr/${id}`)).data(), qr);
  });

  it('with a link encodes a tracking URL of its own', async () => {
    const link = await api.createLink();
    const codes = [await createQr(api, { linkId: link.id }), await createQr(api, { linkId: link.id, url })];
    for (const { id, trackingUrl, linkId } of codes) {
      assert.match(trackingUrl!, new RegExp(`^${server.address}/q/[0-9A-Za-z]{10}$`));
      assert.equal(linkId, link.id);
      assert.equal(await scanned(await askForBytes(api, { path: `/qr/${id}/download` })), trackingUrl);
    }
    assert.deepEqual([codes[0]!.url, codes[1]!.url], [link.shortUrl, url]);
    assert.notEqual(codes[0]!.trackingUrl, codes[1]!.trackingUrl);
  });

  it('with a logo raises the error correction, and says so', async () => {
    const qr = await createQr(api, { url, logo, errorCorrection: 'Q' });
    assert.deepEqual(
      [qr.hasLogo, qr.logoUrl, qr.errorCorrection, qr.style['errorCorrection'], qr.isErrorCorrectionRaised],
      [true, null, 'H', 'H', true],
    );
    const { isErrorCorrectionRaised } = await createQr(api, { url, logo, errorCorrection: 'H' });
    assert.equal(isErrorCorrectionRaised, false);
  });

  const invalid: [body: object, field: string, expected: RegExp][] = [
    [{}, 'url', /is required, or linkId/],
    [{ url: null, linkId: null }, 'url', /is required, or linkId/],
    [{ url: '' }, 'url', /is empty/],
    [{ url, linkId: 'lnk_0000000000000000' }, 'linkId', /none of your links/],
    [{ linkId: 7 }, 'linkId', /must be a string/],
    [{ linkId: 'x'.repeat(101) }, 'linkId', /longer than/],
    [{ url, name: 'x'.repeat(201) }, 'name', /longer than 200/],
    [{ url, name: 'a\nb' }, 'name', /control character/],
    [{ url, margin: 0 }, 'margin', /at least 1/],
    [{ url, foregroundColor: '#eeeeee' }, 'foregroundColor', /contrast/],
    [{ url: 'x'.repeat(500), size: 64 }, 'size', /at least/],
    [{ url, logo: 'x' }, 'logo', /data URL/],
    [{ url, logo, logoUrl: 'https://example.com/x.png' }, 'logoUrl', /combined/],
    [{ url, logoUrl: 'example.com/logo.png' }, 'logoUrl', /absolute https/],
    [{ url, logoUrl: 'http://example.com/logo.png' }, 'logoUrl', /https/],
    [{ url, logoUrl: 'file:///etc/passwd' }, 'logoUrl', /https/],
    [{ url, logoUrl: 'https://127.0.0.1/logo.png' }, 'logoUrl', /public address/],
    [{ url, logoUrl: 'https://[::1]/logo.png' }, 'logoUrl', /public address/],
    [{ url, logoUrl: 'https://a:b@example.com/' }, 'logoUrl', /user name/],
    [{ url, scanCount: 7 }, 'scanCount', /not a known field/],
  ];
  for (const [body, field, expected] of invalid) {
    it(`refuses ${JSON.stringify(body).slice(0, 80)}`, () => assertInvalid('POST', '/qr', body, field, expected));
  }

  it('saves nothing that cannot be scanned', async () => {
    const before = (await api.get('/qr?perPage=1')).meta.total;
    await assertInvalid('POST', '/qr', { url, logo, logoSize: 40 }, 'logoSize', /smaller logo/);
    // As pale as it may be by its contrast, and too pale for these modules.
    await assertInvalid(
      'POST',
      '/qr',
      { url: '1', foregroundColor: '#949494', size: 512 },
      'foregroundColor',
      /too pale/,
    );
    assert.equal((await api.get('/qr?perPage=1')).meta.total, before);
  });

  it('happens once with an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'poster-1' };
    const answers = await Promise.all([1, 2, 3].map(() => api.send('POST', '/qr', { url, logo }, headers)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map((answer) => answer.data<QrObject>().id)).size, 1);
    assert.equal((await api.send('POST', '/qr', { url }, headers)).status, 422);
  });

  it('is held to the plan, however many come at once', async () => {
    for (let round = 0; round < 5; round++) {
      const { client } = addUser(server, 'free');
      const answers = await Promise.all(Array.from({ length: 12 }, () => client.post('/qr', { url })));
      assert.deepEqual(
        answers.map(({ status }) => status).toSorted((a, b) => a - b),
        [...Array<number>(3).fill(201), ...Array<number>(9).fill(402)],
      );
      const refused = answers.find(({ status }) => status === 402)!;
      assert.deepEqual(refused.error, {
        code: 'LIMIT_REACHED',
        message: "your plan's limit on saved QR codes is reached: 3",
      });
      assert.deepEqual((await client.get('/usage')).data<{ qrCodes: object }>().qrCodes, { used: 3, limit: 3 });
      const { id } = answers.find(({ status }) => status === 201)!.data<QrObject>();
      assert.equal((await client.delete(`/qr/${id}`)).status, 204);
      await createQr(client, { url });
    }
  });
});

describe('GET /qr', () => {
  it('lists the newest first, by page and by cursor, and by link', async () => {
    const { client } = addUser(server);
    const link = await client.createLink();
    const made: QrObject[] = [];
    for (let n = 0; n < 5; n++) made.unshift(await createQr(client, n % 2 === 0 ? { url } : { linkId: link.id }));
    const list = async (query: string): Promise<string[]> =>
      (await client.get(`/qr?${query}`)).data<QrObject[]>().map(({ id }) => id);
    const ids = made.map(({ id }) => id);
    assert.deepEqual(await list(''), ids);
    assert.deepEqual(await list('perPage=2&page=2'), ids.slice(2, 4));
    const { meta } = await client.get('/qr?perPage=2');
    assert.equal(meta.total, 5);
    const cursor = (meta as unknown as { nextCursor: string }).nextCursor;
    assert.deepEqual(await list(`perPage=2&cursor=${cursor}`), ids.slice(2, 4));
    assert.deepEqual(await list(`linkId=${link.id}`), [ids[1], ids[3]]);
    assert.deepEqual(await list('linkId=lnk_0000000000000000'), []);
    assert.deepEqual((await client.get('/qr')).data(), made);
  });

  it('refuses what it does not know', async () => {
    for (const [query, field] of [
      ['page=0', 'page'],
      ['perPage=101', 'perPage'],
      ['linkId=a&linkId=b', 'linkId'],
      [`linkId=${'x'.repeat(101)}`, 'linkId'],
      ['sort=scans', 'sort'],
    ] as const) {
      const { status, error } = await api.get(`/qr?${query}`);
      assert.deepEqual([status, error.details?.[0]?.path], [400, field]);
    }
  });
});

describe('PATCH /qr/:id', () => {
  it('changes what is named, and null sets the default or clears', async () => {
    const qr = await createQr(api, { name: 'a', url, size: 300, cornerRadius: 50, logo });
    const change = async (fields: object): Promise<QrObject> =>
      (await api.patch(`/qr/${qr.id}`, fields)).data<QrObject>();
    const renamed = await change({ name: 'b' });
    assert.deepEqual(renamed, { ...qr, name: 'b', updatedAt: renamed.updatedAt });
    assert.ok(renamed.updatedAt > qr.updatedAt);
    const plain = await change({ name: null, size: null, cornerRadius: null, logo: null });
    assert.deepEqual(
      [plain.name, plain.size, plain.style['cornerRadius'], plain.hasLogo, plain.errorCorrection],
      [null, 256, 0, false, 'M'],
    );
    const { style } = await change({});
    assert.deepEqual(style, plain.style);
  });

  it('leads a printed code to another link', async () => {
    const [first, second] = [await api.createLink({ slug: 'one' }), await api.createLink({ slug: 'two' })];
    const qr = await createQr(api, { linkId: first.id });
    const moved = (await api.patch(`/qr/${qr.id}`, { linkId: second.id })).data<QrObject>();
    assert.deepEqual([moved.linkId, moved.trackingUrl, moved.url], [second.id, qr.trackingUrl, second.shortUrl]);
    const loose = (await api.patch(`/qr/${qr.id}`, { linkId: null, url })).data<QrObject>();
    assert.deepEqual([loose.linkId, loose.trackingUrl, loose.url], [null, null, url]);
    await assertInvalid('PATCH', `/qr/${qr.id}`, { url: null }, 'url', /is required/);
  });

  it('leaves the code as it is where it could not be scanned any more', async () => {
    const qr = await createQr(api, { url: 'x'.repeat(120), size: 256, backgroundColor: '#FFCC00' });
    const before = (await api.get(`/qr/${qr.id}`)).text;
    await assertInvalid('PATCH', `/qr/${qr.id}`, { size: 64 }, 'size', /at least/);
    // Dark enough on white, not on this yellow.
    await assertInvalid('PATCH', `/qr/${qr.id}`, { foregroundColor: '#888888' }, 'foregroundColor', /contrast/);
    await assertInvalid(
      'PATCH',
      `/qr/${qr.id}`,
      {
        logo: dataUrl(
          'png',
          pngLogo(4, 4, () => [0, 0, 0, 0]),
        ),
      },
      'logo',
      /nothing/,
    );
    await assertInvalid('PATCH', `/qr/${qr.id}`, { linkId: 'lnk_0000000000000000' }, 'linkId', /none of your/);
    assert.equal((await api.get(`/qr/${qr.id}`)).text, before);
  });

  it('loses no change of two at once', async () => {
    const qr = await createQr(api, { url });
    const changes = [
      { size: 300 },
      { name: 'n' },
      { cornerRadius: 20 },
      { margin: 6 },
      { eyeStyle: 'rounded' },
      { format: 'png' },
    ];
    const answers = await Promise.all(changes.map((change) => api.patch(`/qr/${qr.id}`, change)));
    assert.ok(answers.every(({ status }) => status === 200));
    const { style, name } = (await api.get(`/qr/${qr.id}`)).data<QrObject>();
    assert.deepEqual({ ...style, name }, { ...qr.style, ...(Object.assign({}, ...changes) as object) });
  });
});

describe('GET /qr/:id/download', () => {
  it('answers the image in the format of the code, or in the one that is asked for', async () => {
    const { id } = await createQr(api, { url, size: 300, format: 'png', logo });
    for (const [query, type] of [
      ['', 'image/png'],
      ['?format=png', 'image/png'],
      ['?format=svg', 'image/svg+xml'],
    ] as const) {
      const answer = await askForBytes(api, { path: `/qr/${id}/download${query}` });
      assert.equal(answer.headers['content-type'], type);
      assert.equal(await scanned(answer), url);
      assert.equal((await pixelsOf(answer.body)).size, 300);
      assert.equal(answer.headers['x-qr-error-correction'], 'H; raised-from=M');
      assert.equal(
        answer.headers['content-disposition'],
        `inline; filename="${id}.${type === 'image/png' ? 'png' : 'svg'}"`,
      );
    }
    assert.equal((await api.get(`/qr/${id}/download?format=gif`)).status, 400);
    assert.equal((await api.get(`/qr/${id}/download?size=64`)).status, 400);
    assert.equal((await api.send('POST', `/qr/${id}/download`)).status, 405);
  });

  it('is asked for once, and again when the code has changed', async () => {
    const { id } = await createQr(api, { url });
    const path = `/qr/${id}/download`;
    const first = await askForBytes(api, { path });
    const { etag } = first.headers;
    assert.equal(first.headers['cache-control'], 'private, no-cache');
    for (const known of [etag!, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await api.send('GET', path, undefined, { 'if-none-match': known });
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag]);
    }
    assert.equal((await api.send('GET', path, undefined, { 'if-none-match': '"other"' })).status, 200);
    assert.notEqual((await askForBytes(api, { path: `${path}?format=png` })).headers['etag'], etag);
    // A name is not seen in the image.
    await api.patch(`/qr/${id}`, { name: 'new' });
    assert.equal((await api.send('GET', path, undefined, { 'if-none-match': etag! })).status, 304);
    await api.patch(`/qr/${id}`, { foregroundColor: '#333333' });
    const changed = await askForBytes(api, { path, headers: { 'if-none-match': etag! } });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers['etag'], etag);
    const head = await api.send('HEAD', path);
    assert.deepEqual([head.status, head.text, head.headers.etag], [200, '', changed.headers['etag']]);
  });

  it('is the same after a restart', async () => {
    const { id } = await createQr(api, { url, logo });
    const path = `/qr/${id}/download`;
    const before = await askForBytes(api, { path });
    await server.kill();
    server = await startServer({ dataFolder: server.dataFolder });
    api = new ApiClient(server.address, api.key);
    assert.deepEqual((await askForBytes(api, { path })).body, before.body);
  });
});

describe("another user's code", () => {
  it('is not there, for every verb', async () => {
    const { client } = addUser(server);
    const { id } = await createQr(api, { url });
    const before = (await api.get(`/qr/${id}`)).text;
    for (const [method, path, body] of [
      ['GET', `/qr/${id}`],
      ['PATCH', `/qr/${id}`, { name: 'mine' }],
      ['PATCH', `/qr/${id}`, { logoUrl: 'https://example.com/x.png' }],
      ['DELETE', `/qr/${id}`],
      ['GET', `/qr/${id}/download`],
    ] as const) {
      const answer = await client.send(method, path, body);
      assert.deepEqual([answer.status, answer.error.code], [404, 'NOT_FOUND']);
    }
    assert.equal((await client.get('/qr')).meta.total, 0);
    assert.equal((await api.get(`/qr/${id}`)).text, before);
  });

  it('cannot be made of another user’s link', async () => {
    const { client } = addUser(server);
    const link = await api.createLink();
    const { status, error } = await client.post('/qr', { linkId: link.id });
    assert.deepEqual([status, error.details?.[0]?.path], [400, 'linkId']);
  });

  it('needs the scope', async () => {
    const { id: userId } = addUser(server);
    const key = addKey(server, userId, { scopes: ['links:read', 'links:write'] });
    assert.equal((await key.get('/qr')).status, 403);
    assert.equal((await key.post('/qr/batch', {})).status, 403);
    assert.equal((await key.post('/qr/generate', { url })).status, 200);
  });
});

describe('an id that is none', () => {
  it('is not found, whatever it is', async () => {
    const ids = [
      'nope',
      'qr_',
      'qr_0000000000000000',
      '%00',
      '%zz',
      '__proto__',
      "'%20OR%201=1%20--",
      '%F0%9F%98%80',
      'a'.repeat(4000),
    ];
    for (const id of ids) {
      for (const [method, path, body] of [
        ['GET', `/qr/${id}`],
        ['PATCH', `/qr/${id}`, { name: 'x' }],
        ['DELETE', `/qr/${id}`],
        ['GET', `/qr/${id}/download`],
      ] as const) {
        const answer = await api.send(method, path, body);
        assert.deepEqual([answer.status, answer.error.code], [404, 'NOT_FOUND'], `${method} ${path}`);
      }
    }
  });
});

describe('DELETE /qr/:id', () => {
  it('ends it', async () => {
    const link = await api.createLink();
    const { id } = await createQr(api, { linkId: link.id });
    assert.deepEqual([(await api.delete(`/qr/${id}`)).status, (await api.delete(`/qr/${id}`)).status], [204, 404]);
    assert.equal((await api.get(`/qr/${id}/download`)).status, 404);
  });
});
