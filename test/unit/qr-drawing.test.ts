// Every image that is drawn can be read: by a decoder that has nothing to do with the encoder, at its own size, smaller, turned, blurred.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import { draw, type Drawing, type DrawOrder } from '../../src/qr/draw.ts';
import { matrixOf } from '../../src/qr/matrix.ts';
import { defaultStyle, type QrStyle } from '../../src/qr/style.ts';
import { blurred, halved, laidOn, pixelsOf, readCode, turned, type View, viewOf } from '../support/qr-reading.ts';
import { svgLogo } from '../support/qr-logos.ts';
import { checkReadable, combinations, drawCombination, sampled } from '../support/qr-combinations.ts';

function order(text: string, style: Partial<QrStyle> = {}, others: Partial<DrawOrder> = {}): DrawOrder {
  const whole = { ...defaultStyle, ...style };
  return { text, style: whole, logo: null, format: whole.format, isVerified: false, ...others };
}

async function imageOf(text: string, style: Partial<QrStyle> = {}, others: Partial<DrawOrder> = {}): Promise<Buffer> {
  return Buffer.from((await draw(order(text, style, others))).image!);
}

async function viewed(image: Uint8Array | null): Promise<View> {
  return viewOf(await pixelsOf(image!));
}

async function refusal(wanted: DrawOrder): Promise<AppError> {
  const error: unknown = await draw(wanted).then(
    () => assert.fail('it was drawn'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, 'VALIDATION_ERROR');
  return error;
}

/** As it is, turned, blurred, and at half its size. */
function assertSeenByAll(expected: string, view: View, what: string): void {
  for (const seen of [view, turned(view), blurred(view), halved(view)]) assert.equal(readCode(seen), expected, what);
}

const text = 'https://go.example/q/4fQmT2xVb9';
const formats = ['svg', 'png'] as const;

// `npm run chaos -- qr` tries many more.
describe('every combination of text and style', () => {
  const all = combinations();
  const [small, large] = [300, 2048].map((most) =>
    all.filter(({ style: { size } }) => size <= most && size > most / 8),
  );
  const samples = [...sampled(small!, 2, 12), ...sampled(large!, 1, 3)];
  it('is thousands of them', () => assert.ok(all.length > 50_000, `${all.length}`));

  for (const [index, sample] of samples.entries()) {
    it(`can be read, or is refused (sample ${index + 1} of ${samples.length})`, async () => {
      let drawn = 0;
      for (const combination of sample) {
        const drawing = await drawCombination(combination);
        if (drawing === undefined) continue;
        await checkReadable(combination, drawing);
        drawn++;
      }
      assert.ok(drawn > 0, 'all of them were refused');
    });
  }
});

describe('the image', () => {
  for (const size of [64, 65, 100, 256, 777, 2048]) {
    it(`has exactly ${size} pixels a side`, async () => {
      for (const format of formats) {
        const { size: found } = await pixelsOf(await imageOf('x', { size, format }));
        assert.equal(found, size, format);
      }
      const svg = (await imageOf('x', { size })).toString();
      assert.match(svg, new RegExp(`^<svg [^>]*width="${size}" height="${size}" viewBox="0 0 ${size} ${size}"`));
    });
  }

  it('is one path of whole numbers with crisp edges, where modules are square', async () => {
    const svg = (await imageOf(text)).toString();
    assert.equal(svg.match(/<path/g)?.length, 1);
    assert.match(svg, / shape-rendering="crispEdges"/);
    assert.doesNotMatch(/ d="([^"]*)"/.exec(svg)![1]!, /[.e]/);
  });

  it('is one smooth path, where they are not', async () => {
    for (const style of [{ cornerRadius: 30 }, { eyeStyle: 'rounded' }] as const) {
      const svg = (await imageOf(text, style)).toString();
      assert.equal(svg.match(/<path/g)?.length, 1);
      assert.doesNotMatch(svg, /crispEdges/);
    }
  });

  it('shows the same as SVG and as PNG', async () => {
    for (const cornerRadius of [0, 20, 50]) {
      const [svg, png] = await Promise.all(
        formats.map(async (format) =>
          pixelsOf(await imageOf(text, { cornerRadius, eyeStyle: 'rounded', format, size: 300 })),
        ),
      );
      const differences = svg!.rgba.map((value, index) => Math.abs(value - png!.rgba[index]!));
      // Two programs smooth a curve a little differently.
      const largest = differences.reduce((most, value) => Math.max(most, value), 0);
      assert.ok(largest <= 48, `${cornerRadius}: ${largest}`);
      const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
      assert.ok(mean < 1, `${cornerRadius}: ${mean}`);
    }
  });

  it('is a PNG of one bit a pixel where edges are straight, of four where not, with a palette', async () => {
    const depthAndType = async (style: Partial<QrStyle>): Promise<number[]> => [
      ...(await imageOf(text, { ...style, format: 'png' })).subarray(24, 26),
    ];
    assert.deepEqual(await depthAndType({}), [1, 3]);
    assert.deepEqual(await depthAndType({ cornerRadius: 50 }), [4, 3]);
    assert.ok((await imageOf(text, { size: 512, format: 'png' })).length < 1_000);
    assert.ok((await imageOf(text, { size: 512, format: 'png', cornerRadius: 50 })).length < 8_000);
  });

  it('has the colours that were asked for', async () => {
    for (const format of formats) {
      const style = { foregroundColor: '#1a365d', backgroundColor: '#FFFFEE', format };
      const { rgba } = await pixelsOf(await imageOf(text, style));
      const colors = new Set(new Uint32Array(rgba.buffer));
      assert.deepEqual(colors, new Set([0xffeeffff, 0xff5d361a]), format);
    }
  });

  it('keeps the squares that scanners look for whole, however round the modules are', async () => {
    const { rgba, size } = await pixelsOf(await imageOf(text, { size: 290, cornerRadius: 50, format: 'png' }));
    // 29 modules of 6 pixels, and what is left on either side.
    const row = Array.from({ length: 7 * 6 }, (_, x) => rgba[((58 + 3) * size + 58 + x) * 4]);
    assert.deepEqual(new Set(row), new Set([0]));
  });

  it('carries nothing of its text', async () => {
    assert.doesNotMatch((await imageOf('<script>alert(1)</script>')).toString(), /script|alert/);
  });

  it('has modules of 2, 3, 4, 6 or more whole pixels, so that half of it can be read, too', async () => {
    const pitches: number[] = [];
    for (let size = 64; size <= 400; size += 7) {
      const drawing = await draw(order(text, { size, format: 'png' })).catch(() => undefined);
      if (drawing === undefined) continue;
      pitches.push(drawing.pitch);
      assertSeenByAll(text, await viewed(drawing.image), `${size}`);
    }
    assert.deepEqual(
      [...new Set(pitches)].toSorted((a, b) => a - b),
      [2, 3, 4, 6, 8, 9, 10],
    );
  });

  it('can be read in every way however small it is, or is refused with a size that will do', async () => {
    const drawn = new Map<number, number>();
    let refused = 0;
    for (const [index, shown] of [
      text,
      'x',
      'WIFI:T:WPA;S:café;P:geheim;;',
      'https://example.com/?q=a+longer+one+than+the+others+are',
    ].entries()) {
      for (let size = 64 + index; size < 190; size += 9) {
        const wanted = order(shown, {
          size,
          errorCorrection: size % 2 === 0 ? 'M' : 'L',
          foregroundColor: '#1A365D',
          format: 'png',
        });
        const drawing = await draw(wanted).catch((error: unknown) => error);
        if (drawing instanceof AppError) {
          refused++;
          const needed = Number(/^size must be at least (\d+)/.exec(drawing.message)?.[1]);
          assert.ok(needed > size, drawing.message);
          const again = await draw({ ...wanted, style: { ...wanted.style, size: needed } });
          assertSeenByAll(shown, await viewed(again.image), `${shown} at ${needed}`);
        } else {
          const { image, pitch } = drawing as Drawing;
          drawn.set(pitch, (drawn.get(pitch) ?? 0) + 1);
          assertSeenByAll(shown, await viewed(image), `${shown} at ${size}`);
        }
      }
    }
    assert.ok(refused > 0 && drawn.get(2)! > 5 && drawn.get(3)! > 2, JSON.stringify([refused, ...drawn]));
  });

  it('is the same every time', async () => {
    for (const format of formats) assert.deepEqual(await imageOf(text, { format }), await imageOf(text, { format }));
  });
});

describe('a quiet zone', () => {
  it('of one module is enough to be found on a dark ground, and of none is not', async () => {
    for (const margin of [1, 2, 4]) {
      const laid = laidOn(await viewed(await imageOf(text, { margin, format: 'png' })), 0, 40);
      assert.equal(readCode(laid), text, `${margin}`);
      assert.equal(readCode(blurred(laid)), text, `${margin}, blurred`);
    }
    const none = laidOn(await viewed(await imageOf(text, { margin: 0, size: 29 * 8, format: 'png' })), 0, 40);
    assert.equal(readCode(none), undefined);
  });

  it('is never narrower than was asked for', async () => {
    for (const margin of [1, 4, 16]) {
      for (const size of [256, 300, 511]) {
        const { rgba } = await pixelsOf(await imageOf(text, { margin, size, format: 'png' }));
        const firstDark = Array.from({ length: size * size }, (_, n) => n).find((n) => rgba[n * 4] === 0)!;
        const pitch = Math.floor(size / (29 + 2 * margin));
        assert.ok(firstDark % size >= margin * pitch && Math.floor(firstDark / size) >= margin * pitch);
      }
    }
  });
});

describe('what cannot be scanned', () => {
  it('is refused where the modules would be smaller than two pixels, and the size that is named does', async () => {
    for (const length of [100, 400, 1000, 2000]) {
      const long = 'x'.repeat(length);
      const error = await refusal(order(long, { size: 64 }));
      assert.equal(error.details[0]?.path, 'size');
      const needed = Number(/at least (\d+)/.exec(error.message)![1]);
      assertSeenByAll(long, await viewed(await imageOf(long, { size: needed, format: 'png' })), `${length}`);
    }
  });

  it('is refused where edges of round modules or of a logo would be a matter of single pixels', async () => {
    for (const [style, logo, remedy] of [
      [{ cornerRadius: 50 }, null, /otherwise take square modules/],
      [{ eyeStyle: 'rounded' }, null, /otherwise take square modules and eyes/],
      [{ logoSize: 5 }, { file: svgLogo }, /otherwise leave the logo out/],
    ] as const) {
      const error = await refusal(order(text, { ...style, size: 120 }, { logo }));
      assert.equal(error.details[0]?.path, 'size');
      assert.match(error.message, remedy);
      const needed = Number(/at least (\d+)/.exec(error.message)![1]);
      const image = await imageOf(text, { ...style, size: needed }, { logo, isVerified: true });
      assertSeenByAll(text, await viewed(image), remedy.source);
    }
  });

  it('is refused where pale modules are too large to be told from the background', async () => {
    let refused = 0;
    for (const size of [256, 400, 512, 700]) {
      const wanted = order('1', { size, foregroundColor: '#949494' }, { format: 'png' });
      const drawing = await draw(wanted).catch((error: unknown) => error);
      if (drawing instanceof AppError) {
        assert.equal(drawing.details[0]?.path, 'foregroundColor');
        refused++;
      } else {
        assertSeenByAll('1', await viewed((drawing as Drawing).image), `${size}`);
      }
    }
    assert.ok(refused > 0, 'all of them can be read: the rule is not needed');
  });

  it('is refused where no code holds that much text', async () => {
    const error = await refusal(order('é'.repeat(1000), { size: 2048, errorCorrection: 'H' }));
    assert.deepEqual([error.details[0]?.path, matrixOf('é'.repeat(1000), 'H')], ['url', undefined]);
    assert.match(error.message, /errorCorrection H/);
    assert.equal(
      readCode(await viewed(await imageOf('é'.repeat(1000), { size: 1024, format: 'png' }))),
      'é'.repeat(1000),
    );
  });
});

describe('a logo', () => {
  it('stands in the middle, with a margin around it, and raises the error correction', async () => {
    const style = { size: 512, foregroundColor: '#000000', errorCorrection: 'L' } as const;
    const drawing = await draw(order(text, style, { logo: { file: svgLogo }, format: 'png', isVerified: true }));
    assert.equal(drawing.errorCorrection, 'H');
    const { rgba, size } = await pixelsOf(drawing.image!);
    const at = (x: number, y: number): number[] => [...rgba.subarray((y * size + x) * 4, (y * size + x) * 4 + 3)];
    const middle = Array.from({ length: size }, (_, x) => at(x, 256 - 20).join());
    const red = middle.flatMap((color, x) => (color === '221,51,51' ? [x] : []));
    assert.ok(red.length > 20, 'there is no logo');
    const [left, right] = [Math.min(...red), Math.max(...red)];
    assert.ok(Math.abs(left + right - size) <= 2, `${left} to ${right}`);
    for (const beside of [left - 4, left - 5, right + 4, right + 5]) assert.equal(middle[beside], '255,255,255');
  });

  it('can be read through by other eyes, in every form', async () => {
    for (const style of [{ size: 256 }, { size: 512, cornerRadius: 50 }, { size: 400, logoSize: 25 }] as const) {
      for (const format of formats) {
        const image = await imageOf(text, style, { logo: { file: svgLogo }, format, isVerified: true });
        assertSeenByAll(text, await viewed(image), JSON.stringify(style));
      }
    }
  });

  it('is refused where it hides too much, whatever decodes', async () => {
    const error = await refusal(order(text, { logoSize: 40 }, { logo: { file: svgLogo } }));
    assert.equal(error.details[0]?.path, 'logoSize');
  });

  it('that would be taken for a part of the code is found out by decoding', async () => {
    // Three finders of its own, larger than those of the code.
    const rings = [
      [0, 0],
      [60, 0],
      [0, 60],
    ].map(([x, y]) => `<path fill-rule="evenodd" d="M${x} ${y}h40v40h-40zm6 6v28h28v-28zm6 6h16v16h-16z"/>`);
    const file = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">${rings.join('')}</svg>`,
    );
    const drawn = order(
      text,
      { size: 1024, logoSize: 25, foregroundColor: '#555555' },
      { logo: { file }, isVerified: true },
    );
    const outcome = await draw(drawn).catch((error: unknown) => error);
    // Either it can be read, or it is not handed out.
    if (outcome instanceof AppError) assert.equal(outcome.details[0]?.path, 'logo');
    else assert.equal(readCode(await viewed((outcome as { image: Uint8Array }).image)), text);
  });
});
