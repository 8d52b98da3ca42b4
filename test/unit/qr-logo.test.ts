// What somebody sends as a logo: drawn anew, within bounds, and nothing of the file itself is kept.

import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { describe, it } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import { logoPixels, maxLogoBytes, prepareLogo } from '../../src/qr/logo.ts';
import { jpegLogo, pngLogo, pngOf, svgLogo } from '../support/qr-logos.ts';
import { seededRandom } from '../support/seeded-random.ts';

async function refusal(file: Uint8Array): Promise<string> {
  const error: unknown = await prepareLogo(file).then(
    () => assert.fail('it was taken'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError, String(error));
  assert.deepEqual([error.code, error.details[0]?.path], ['VALIDATION_ERROR', 'logo']);
  return error.message;
}

const svg = (inner: string, attributes = 'width="10" height="10"'): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${inner}</svg>`);
const red = '<rect width="10" height="10" fill="red"/>';

describe('a logo', () => {
  it('may be a PNG, a JPEG or an SVG, and becomes a PNG of the same shape', async () => {
    const files: [file: Buffer, width: number, height: number][] = [
      [svgLogo, 512, 512],
      [jpegLogo, 512, 341],
      [pngLogo(10, 40, () => [10, 20, 30, 255]), 128, 512],
    ];
    for (const [file, width, height] of files) {
      const logo = await prepareLogo(file);
      assert.deepEqual([logo.width, logo.height], [width, height]);
      assert.equal(Buffer.from(logo.png).toString('latin1', 1, 4), 'PNG');
      assert.equal(Buffer.from(logo.png).readUInt32BE(16), width);
      assert.ok(logo.png.length <= 256 * 1024);
    }
  });

  it('keeps its colours and what shows through it', async () => {
    const logo = await prepareLogo(pngLogo(8, 8, (x) => (x < 4 ? [200, 100, 50, 255] : [0, 0, 255, 128])));
    const { rgba } = await logoPixels(logo, 8, 8);
    assert.deepEqual([...rgba.subarray(0, 4)], [200, 100, 50, 255]);
    // Colours are multiplied by their opacity.
    assert.deepEqual([...rgba.subarray(28, 32)], [0, 0, 128, 128]);
    const jpeg = await logoPixels(await prepareLogo(jpegLogo), 24, 16);
    const [r, g, b, a] = jpeg.rgba.subarray(0, 4) as unknown as [number, number, number, number];
    assert.ok(
      Math.abs(r - 0xdd) < 12 && Math.abs(g - 0x33) < 12 && Math.abs(b - 0x33) < 12 && a === 255,
      `${r} ${g} ${b} ${a}`,
    );
  });

  it('is made smaller until it is small enough to keep', async () => {
    const draw = seededRandom(5);
    // Noise, of which no compression makes anything.
    const file = pngLogo(180, 180, () => [draw(256), draw(256), draw(256), 255]);
    assert.ok(file.length < maxLogoBytes);
    const logo = await prepareLogo(file);
    assert.ok(logo.png.length <= 256 * 1024, `${logo.png.length}`);
    assert.ok(logo.width < 512 && logo.width >= 128);
  });

  it('of SVG loses its scripts, links and text about itself', async () => {
    const file = svg(
      `<metadata>secret</metadata><script>alert(1)</script><a href="javascript:alert(1)">${red}</a><style>@import url(http://127.0.0.1:1/x.css)</style>`,
    );
    const { png } = await prepareLogo(file);
    assert.doesNotMatch(Buffer.from(png).toString('latin1'), /secret|script|import|tEXt|iTXt/);
  });
});

describe('what is no logo', () => {
  const cases: [name: string, file: Buffer, expected: RegExp][] = [
    ['text', Buffer.from('hello'), /must be a PNG, JPEG or SVG/],
    ['nothing', Buffer.alloc(0), /must be a PNG, JPEG or SVG/],
    ['a GIF', Buffer.from('R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==', 'base64'), /must be a PNG, JPEG or SVG/],
    ['HTML', Buffer.from('<html><body>x</body></html>'), /must be a PNG, JPEG or SVG/],
    ['half of an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><rect'), /can be drawn/],
    ['an SVG without a size', svg('', 'width="0" height="0"'), /can be drawn/],
    ['an SVG that shows nothing', svg(''), /shows nothing/],
    [
      'an SVG with an image in it',
      svg('<image href="http://127.0.0.1:1/a.png" width="5" height="5"/>'),
      /other images/,
    ],
    ['an SVG with a filter that loads one', svg('<feImage href="a.png"/>'), /other images/],
    ['an SVG as narrow as a line', svg(red, 'width="1000" height="1"'), /times as long/],
    ['an SVG of endless width', svg(red, 'width="1e30" height="1"'), /times as long|can be drawn/],
    [
      'an SVG that unfolds to gigabytes',
      Buffer.from(
        `<!DOCTYPE svg [<!ENTITY a "${'x'.repeat(100)}">${['b', 'c', 'd', 'e', 'f', 'g', 'h']
          .map((name, n) => `<!ENTITY ${name} "${`&${'abcdefg'[n]};`.repeat(10)}">`)
          .join('')}]><svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"><text>&h;</text></svg>`,
      ),
      /can be drawn/,
    ],
    ['an SVG that uses itself', svg('<g id="a"><use href="#a"/></g>'), /shows nothing|can be drawn/],
    ['half of a PNG', pngLogo(8, 8, () => [1, 2, 3, 255]).subarray(0, 60), /shows nothing|can be drawn/],
    ['the beginning of a PNG', pngLogo(8, 8, () => [1, 2, 3, 255]).subarray(0, 12), /can be drawn/],
    ['a PNG that claims to be huge', pngOf(60_000, 60_000, deflateSync(Buffer.alloc(100))), /million pixels/],
    ['a PNG of no width', pngOf(0, 10, deflateSync(Buffer.alloc(100))), /no width/],
    ['a PNG without enough pixels', pngOf(500, 500, deflateSync(Buffer.alloc(100))), /shows nothing|can be drawn/],
    ['a PNG of nothing but air', pngLogo(8, 8, () => [255, 0, 0, 0]), /shows nothing/],
    ['a JPEG without a frame', Buffer.from([0xff, 0xd8, 0xff, 0xd9, 0, 0, 0, 0, 0, 0, 0, 0]), /can be drawn/],
    ['half of a JPEG', jpegLogo.subarray(0, 200), /shows nothing|can be drawn/],
    ['too large a file', Buffer.alloc(maxLogoBytes + 1, 0x20), /larger than 256 kB/],
  ];
  for (const [name, file, expected] of cases) {
    it(`is refused: ${name}`, async () => assert.match(await refusal(file), expected));
  }

  it('is refused whatever bytes it is made of', async () => {
    const draw = seededRandom(11);
    for (const whole of [svgLogo, jpegLogo, pngLogo(12, 12, (x, y) => [x * 20, y * 20, 0, 255])]) {
      for (let n = 0; n < 40; n++) {
        const broken = Buffer.from(whole);
        for (let hits = 1 + draw(6); hits > 0; hits--) broken[draw(broken.length)] = draw(256);
        // Either it can still be drawn, or it is said what is wrong with it.
        await prepareLogo(broken).catch((error: unknown) => assert.ok(error instanceof AppError, String(error)));
      }
    }
  });
});
