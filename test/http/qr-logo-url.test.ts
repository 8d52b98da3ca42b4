// logoUrl: fetched once, for saved codes alone, and only where the operator or the public internet may be reached.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ApiClient } from '../support/api-client.ts';
import { jpegLogo, pngLogo, svgLogo } from '../support/qr-logos.ts';
import { askForBytes, createQr, type QrObject, scanned } from '../support/qr-requests.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const url = 'https://example.com/summer';
const asked: { path: string; headers: Record<string, unknown> }[] = [];

const files: Readonly<Record<string, RequestListener>> = {
  '/logo.png': (_, response) => response.end(pngLogo(20, 20, () => [0, 120, 0, 255])),
  '/logo.jpg': (_, response) => response.end(jpegLogo),
  '/logo.svg': (_, response) => response.end(svgLogo),
  // What it says of itself is not what it is.
  '/liar.html': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(svgLogo),
  '/page.png': (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('<html></html>'),
  '/moved': (_, response) => response.writeHead(302, { location: '/logo.png' }).end(),
  '/missing': (_, response) => response.writeHead(404).end(),
  '/large': (_, response) => response.end(Buffer.alloc(300 * 1024)),
  '/endless': (_, response) => {
    const more = (): void => void (response.destroyed || response.write(Buffer.alloc(64 * 1024), more));
    more();
  },
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('x', () => response.destroy());
  },
  '/empty': (_, response) => response.end(),
};

const pictures = createServer((request, response) => {
  asked.push({ path: request.url!, headers: request.headers });
  files[request.url!]!(request, response);
});

let origin: string;
let server: ServerProcess;
let api: ApiClient;
before(async () => {
  pictures.listen(0, '127.0.0.1');
  await once(pictures, 'listening');
  origin = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}`;
  server = await startServer({ flags: ['--qr-allow', '127.0.0.1/32'] });
  api = ApiClient.of(server);
});
after(() => {
  pictures.close();
  pictures.closeAllConnections();
});
beforeEach(() => {
  asked.length = 0;
});

describe('a logo from elsewhere', () => {
  for (const path of ['/logo.png', '/logo.jpg', '/logo.svg', '/liar.html']) {
    it(`is fetched once and kept: ${path}`, async () => {
      const qr = await createQr(api, { url, logoUrl: origin + path });
      assert.deepEqual([qr.logoUrl, qr.hasLogo, qr.errorCorrection], [origin + path, true, 'H']);
      for (const format of ['svg', 'png']) {
        assert.equal(await scanned(await askForBytes(api, { path: `/qr/${qr.id}/download?format=${format}` })), url);
      }
      await api.patch(`/qr/${qr.id}`, { cornerRadius: 50 });
      assert.deepEqual(
        asked.map((one) => one.path),
        [path],
      );
    });
  }

  it('is asked for without anything of ours', async () => {
    await createQr(api, { url, logoUrl: `${origin}/logo.png` });
    const { headers } = asked[0]!;
    assert.deepEqual(Object.keys(headers).toSorted(), ['accept', 'connection', 'host']);
  });

  it('is fetched anew when it is named again, and goes when it is cleared', async () => {
    const { id } = await createQr(api, { url, logoUrl: `${origin}/logo.png` });
    const changed = (await api.patch(`/qr/${id}`, { logoUrl: `${origin}/logo.svg` })).data<QrObject>();
    assert.equal(changed.logoUrl, `${origin}/logo.svg`);
    const cleared = (await api.patch(`/qr/${id}`, { logoUrl: null })).data<QrObject>();
    assert.deepEqual([cleared.logoUrl, cleared.hasLogo, cleared.errorCorrection], [null, false, 'M']);
    assert.equal(asked.length, 2);
  });

  const refused: [path: string, expected: RegExp][] = [
    ['/page.png', /^logoUrl must be a PNG, JPEG or SVG$/],
    ['/moved', /^logoUrl answers 302 instead of 200$/],
    ['/missing', /^logoUrl answers 404 instead of 200$/],
    ['/large', /^logoUrl is larger than 256 kB$/],
    ['/endless', /^logoUrl is larger than 256 kB$/],
    ['/cut', /^logoUrl cannot be fetched: it ended the connection/],
    ['/empty', /^logoUrl must be a PNG, JPEG or SVG$/],
  ];
  for (const [path, expected] of refused) {
    it(`is refused, and nothing saved: ${path}`, async () => {
      const { total } = (await api.get('/qr')).meta;
      const { status, error } = await api.post('/qr', { url, logoUrl: origin + path });
      assert.deepEqual([status, error.code, error.details?.[0]?.path], [400, 'VALIDATION_ERROR', 'logoUrl']);
      assert.match(error.details?.[0]?.message ?? '', expected);
      assert.equal((await api.get('/qr')).meta.total, total);
    });
  }

  it('is not fetched for a code that is not there, nor without a key', async () => {
    const logoUrl = `${origin}/logo.png`;
    assert.equal((await api.patch('/qr/qr_0000000000000000', { logoUrl })).status, 404);
    assert.equal((await api.post('/qr/generate', { url, logoUrl })).status, 400);
    assert.equal((await new ApiClient(server.address, undefined).post('/qr', { url, logoUrl })).status, 401);
    assert.deepEqual(asked, []);
  });

  it('is not fetched from where the operator has not said so, and the answer does not tell what is there', async () => {
    const closed = await startServer();
    const client = ApiClient.of(closed);
    const messages = new Set<string>();
    for (const logoUrl of [origin.replace('http:', 'https:'), 'https://127.0.0.1:1', 'https://localhost:1']) {
      const { status, error } = await client.post('/qr', { url, logoUrl: `${logoUrl}/logo.png` });
      assert.deepEqual([status, error.details?.[0]?.path], [400, 'logoUrl']);
      messages.add(
        error.message.replace(/must lead to a public address/, 'cannot be fetched: it could not be reached'),
      );
    }
    assert.deepEqual([...messages], ['logoUrl cannot be fetched: it could not be reached']);
    assert.deepEqual(asked, []);
  });
});
