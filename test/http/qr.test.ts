// POST /qr/generate and /qr/batch: images for whoever asks, and refusals that say what to change.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { unzipSync } from 'fflate';
import { addUser } from '../support/accounts.ts';
import { ApiClient } from '../support/api-client.ts';
import { dataUrl, jpegLogo, pngLogo, svgLogo } from '../support/qr-logos.ts';
import { pixelsOf, readCode, viewOf } from '../support/qr-reading.ts';
import { askForBytes, type BinaryAnswer, scanned } from '../support/qr-requests.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let api: ApiClient;
let nobody: ApiClient;
before(async () => {
  server = await startServer({ flags: ['--limits-anonymous-requests-per-minute', '0'] });
  api = ApiClient.of(server);
  nobody = new ApiClient(server.address, undefined);
});

const url = 'https://example.com/summer';

function generate(fields: object): Promise<BinaryAnswer> {
  return askForBytes(nobody, { method: 'POST', path: '/qr/generate', body: { url, ...fields } });
}

describe('POST /qr/generate', () => {
  it('answers anybody with the image itself', async () => {
    const cases: [fields: object, type: string, size: number, correction: string][] = [
      [{}, 'image/svg+xml', 256, 'M'],
      [{ format: 'png', size: 100, errorCorrection: 'H' }, 'image/png', 100, 'H'],
      [{ size: 512, cornerRadius: 50, eyeStyle: 'rounded', foregroundColor: '#1a365d' }, 'image/svg+xml', 512, 'M'],
      [{ format: null, size: null, margin: null, foregroundColor: null }, 'image/svg+xml', 256, 'M'],
    ];
    for (const [fields, type, size, correction] of cases) {
      const answer = await generate(fields);
      assert.equal(await scanned(answer), url);
      assert.equal((await pixelsOf(answer.body)).size, size);
      const { headers } = answer;
      assert.deepEqual([headers['content-type'], headers['x-qr-error-correction']], [type, correction]);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(Number(headers['content-length']), answer.body.length);
      assert.match(headers['x-request-id']!, /^req_/);
    }
  });

  it('is described as it is', async () => {
    assert.equal((await nobody.post('/qr/generate', { url, logo: dataUrl('svg+xml', svgLogo) })).status, 200);
  });

  it('holds any text', async () => {
    for (const text of ['WIFI:T:WPA;S:café;P:x;;', 'two\nlines', '漢字 😀', 'mailto:a@example.com', '1'.repeat(2048)]) {
      assert.equal(await scanned(await generate({ url: text, size: 1000, errorCorrection: 'L' })), text);
    }
  });

  it('puts a logo in the middle, and says that it raised the error correction', async () => {
    for (const logo of [
      dataUrl(
        'png',
        pngLogo(30, 30, () => [200, 0, 0, 255]),
      ),
      dataUrl('jpeg', jpegLogo),
      dataUrl('svg+xml', svgLogo),
      `data:image/svg+xml,${encodeURIComponent(svgLogo.toString())}`,
      `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgLogo.toString())}`,
    ]) {
      for (const format of ['svg', 'png']) {
        const answer = await generate({ logo, format, size: 400 });
        assert.equal(await scanned(answer), url);
        assert.equal(answer.headers['x-qr-error-correction'], 'H; raised-from=M');
        const { rgba } = await pixelsOf(answer.body);
        assert.ok(
          rgba.some((value, index) => index % 4 === 0 && Math.abs(value - rgba[index + 1]!) > 50),
          'no logo',
        );
      }
    }
  });

  it('never asks anybody for anything', async () => {
    const answer = await nobody.post('/qr/generate', { url, logoUrl: 'https://example.com/logo.png' });
    assert.deepEqual([answer.status, answer.error.details?.[0]?.path], [400, 'logoUrl']);
  });

  const invalid: [fields: object, path: string, expected: RegExp][] = [
    [
      { foregroundColor: '#FFFFFF', backgroundColor: '#000000' },
      'foregroundColor',
      /lighter than backgroundColor.*exchange/,
    ],
    [{ foregroundColor: '#959595' }, 'foregroundColor', /contrast of 2\.9\d:1.*3:1/],
    [{ foregroundColor: '#FFFFFF' }, 'foregroundColor', /contrast of 1:1/],
    [{ backgroundColor: '#595959' }, 'foregroundColor', /contrast of 2\.9\d:1/],
    [{ foregroundColor: 'red' }, 'foregroundColor', /a colour such as/],
    [{ foregroundColor: '#12345' }, 'foregroundColor', /a colour/],
    [{ backgroundColor: '#FFFFFF"/><script>' }, 'backgroundColor', /a colour/],
    [{ margin: 0 }, 'margin', /at least 1/],
    [{ margin: 17 }, 'margin', /at most 16/],
    [{ margin: 1.5 }, 'margin', /whole number/],
    [{ url: 'x'.repeat(1000) }, 'size', /size must be at least \d+/],
    [{ url: 'é'.repeat(1025) }, 'url', /longer than 2048 bytes/],
    [{ url: 'x'.repeat(2049) }, 'url', /longer than 2048 characters/],
    [{ url: 'x'.repeat(2000), errorCorrection: 'H', size: 2048 }, 'url', /more than a QR code can hold/],
    [{ url: '' }, 'url', /is empty/],
    [{ url: null }, 'url', /must be a string/],
    [{ url: 7 }, 'url', /must be a string/],
    [{ url: 'a\0b' }, 'url', /NUL/],
    [{ url: '\ud800' }, 'url', /surrogate/],
    [{ size: 63 }, 'size', /at least 64/],
    [{ size: 2049 }, 'size', /at most 2048/],
    [{ size: '256' }, 'size', /must be a number/],
    [{ cornerRadius: 51 }, 'cornerRadius', /at most 50/],
    [{ cornerRadius: -1 }, 'cornerRadius', /at least 0/],
    [{ errorCorrection: 'X' }, 'errorCorrection', /one of L, M, Q, H/],
    [{ format: 'gif' }, 'format', /one of svg, png/],
    [{ eyeStyle: 'round' }, 'eyeStyle', /one of square, rounded/],
    [{ logo: 'https://example.com/logo.png' }, 'logo', /data URL/],
    [{ logo: 'data:text/html,<svg>' }, 'logo', /data URL/],
    [{ logo: 'data:image/png;base64,%%%' }, 'logo', /not valid base64/],
    [{ logo: 'data:image/svg+xml,%' }, 'logo', /not valid percent-encoding/],
    [{ logo: 'data:image/png;base64,' }, 'logo', /is empty/],
    [{ logo: 'data:image/png;base64,aGVsbG8=' }, 'logo', /PNG, JPEG or SVG/],
    [{ logo: dataUrl('png', Buffer.alloc(256 * 1024 + 1)) }, 'logo', /larger than 256 kB/],
    [{ logo: 'x'.repeat(400_000) }, 'logo', /longer than/],
    [{ logo: 7 }, 'logo', /must be a string/],
    [{ logoSize: 41 }, 'logoSize', /at most 40/],
    [{ logo: dataUrl('svg+xml', svgLogo), logoSize: 40 }, 'logoSize', /smaller logo/],
    [{ unknown: 1 }, 'unknown', /not a known field/],
    [JSON.parse('{"__proto__":{"size":1}}') as object, '__proto__', /not a known field/],
  ];
  for (const [fields, path, expected] of invalid) {
    const name = JSON.stringify(fields).slice(0, 80);
    it(`refuses ${name}, and says what to change`, async () => {
      const body: unknown =
        path === '__proto__' ? JSON.parse(`{"url":"x",${JSON.stringify(fields).slice(1)}`) : { url, ...fields };
      const { status, error } = await nobody.post('/qr/generate', body);
      assert.deepEqual([status, error.code], [400, 'VALIDATION_ERROR']);
      const detail = error.details?.find((one) => one.path === path);
      assert.match(detail?.message ?? JSON.stringify(error), expected);
    });
  }

  it('refuses what runs code when it is opened', async () => {
    for (const text of [
      'javascript:alert(1)',
      ' JavaScript:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,x',
      'file:///etc',
    ]) {
      const { status, error } = await nobody.post('/qr/generate', { url: text });
      assert.deepEqual([status, error.code, error.details?.[0]?.path], [400, 'INVALID_URL', 'url'], text);
    }
  });

  it('reports everything that is wrong at once', async () => {
    const { error } = await nobody.post('/qr/generate', { url, foregroundColor: '#aaaaaa', margin: 0, logo: 'x' });
    assert.deepEqual(
      error.details?.map(({ path }) => path),
      ['foregroundColor', 'margin', 'logo'],
    );
  });

  it('takes no other method, and no other type', async () => {
    const get = await nobody.get('/qr/generate');
    assert.deepEqual([get.status, get.headers.allow], [405, 'POST']);
    assert.equal((await nobody.send('POST', '/qr/generate', {}, { 'content-type': 'text/plain' })).status, 415);
  });

  it('is limited by address', async () => {
    const limited = await startServer({ flags: ['--limits-anonymous-requests-per-minute', '3'] });
    const anyone = new ApiClient(limited.address, undefined);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => anyone.post('/qr/generate', { url })));
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 200, 200, 429, 429],
    );
    assert.ok(answers.every(({ status, headers }) => status === 200 || Number(headers['retry-after']) > 0));
    // Keys and redirects have limits of their own, or none.
    assert.equal((await ApiClient.of(limited).get('/qr')).status, 200);
    await limited.stop();
  });

  it('answers many at once', async () => {
    const texts = Array.from({ length: 60 }, (_, n) => `https://example.com/${n}`);
    const answers = await Promise.all(
      texts.map((text, n) => generate({ url: text, format: n % 2 === 0 ? 'png' : 'svg' })),
    );
    for (const [index, answer] of answers.entries()) assert.equal(await scanned(answer), texts[index]);
  });
});

describe('POST /qr/batch', () => {
  async function archive(body: object): Promise<Record<string, Uint8Array>> {
    const answer = await askForBytes(api, { method: 'POST', path: '/qr/batch', body });
    assert.equal(answer.status, 200, answer.body.toString());
    assert.equal(answer.headers['content-type'], 'application/zip');
    assert.match(answer.headers['content-disposition']!, /^attachment; filename="qr-codes\.zip"$/);
    return unzipSync(answer.body);
  }

  it('answers an archive with the code of each link, in their order, under harmless names', async () => {
    const slugs = ['first', 'café-漢字', '😀', 'x'.repeat(100)];
    const links = [];
    for (const slug of slugs) links.push(await api.createLink({ slug }));
    for (const format of ['svg', 'png']) {
      const logo = dataUrl('svg+xml', svgLogo);
      const files = await archive({ linkIds: links.map(({ id }) => id), format, logo, size: 300 });
      assert.deepEqual(Object.keys(files), [
        `0001-first.${format}`,
        `0002-café-漢字.${format}`,
        `0003-_.${format}`,
        `0004-${'x'.repeat(60)}.${format}`,
      ]);
      for (const [index, file] of Object.values(files).entries())
        assert.equal(readCode(viewOf(await pixelsOf(file))), links[index]!.shortUrl);
    }
  });

  it('takes 500 links, and no more', async () => {
    const made = await api.post(
      '/links/bulk',
      Array.from({ length: 501 }, (_, n) => ({ destinationUrl: `https://example.com/${n}` })),
    );
    const ids = (made.json as { data: { data: { id: string } }[] }).data.map(({ data }) => data.id);
    assert.equal(Object.keys(await archive({ linkIds: ids.slice(1) })).length, 500);
    const { status, error } = await api.post('/qr/batch', { linkIds: ids });
    assert.deepEqual([status, error.details?.[0]?.path], [400, 'linkIds']);
  });

  it('is refused as a whole where a link is missing, named twice, or not drawable', async () => {
    const { id } = await api.createLink();
    const others = await addUser(server).client.createLink();
    const cases: [body: object, path: string][] = [
      [{ linkIds: [id, 'lnk_0000000000000000'] }, 'linkIds.1'],
      [{ linkIds: [id, others.id] }, 'linkIds.1'],
      [{ linkIds: [id, id] }, 'linkIds.1'],
      [{ linkIds: [] }, 'linkIds'],
      [{ linkIds: 'all' }, 'linkIds'],
      [{ linkIds: [7] }, 'linkIds.0'],
      [{}, 'linkIds'],
      [{ linkIds: [id], margin: 0 }, 'margin'],
      [{ linkIds: [id], size: 64, margin: 16 }, 'size'],
      [{ linkIds: [id], logoUrl: 'https://example.com/x.png' }, 'logoUrl'],
    ];
    for (const [body, path] of cases) {
      const { status, error } = await api.post('/qr/batch', body);
      assert.deepEqual([status, error.code, error.details?.[0]?.path], [400, 'VALIDATION_ERROR', path]);
    }
  });

  it('makes one at a time, and tells others to come again', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push((await api.createLink()).id);
    const body = { linkIds: ids, size: 1024, format: 'png' };
    const answers = await Promise.all(
      [1, 2, 3].map(() => askForBytes(api, { method: 'POST', path: '/qr/batch', body })),
    );
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 503, 503],
    );
    assert.ok(answers.every(({ status, headers }) => status === 200 || Number(headers['retry-after']) > 0));
  });
});
