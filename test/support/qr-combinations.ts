// Every way to ask for a QR code that makes a difference to whoever reads it, and what has to hold for each.

import assert from 'node:assert/strict';
import { AppError } from '../../src/core/errors.ts';
import { draw, type Drawing } from '../../src/qr/draw.ts';
import { prepareLogo } from '../../src/qr/logo.ts';
import { defaultStyle, errorCorrections, type ImageFormat, type QrStyle } from '../../src/qr/style.ts';
import { dataLogos } from './qr-logos.ts';
import { blurred, halved, pixelsOf, readCode, turned, viewOf } from './qr-reading.ts';
import { seededRandom } from './seeded-random.ts';

export interface Combination {
  readonly text: string;
  readonly style: QrStyle;
  readonly format: ImageFormat;
  readonly logo: keyof typeof dataLogos | null;
}

const texts = [
  'https://go.example/q/4fQmT2xVb9',
  '1',
  '0123456789'.repeat(12),
  'HTTPS://GO.EXAMPLE/ABC-1 $%*+./:'.repeat(3),
  'WIFI:T:WPA;S:café;P:geheim;;',
  'BEGIN:VCARD\nVERSION:4.0\nFN:Ångström 漢字 😀\nEND:VCARD',
  'mixed 漢字漢字 ABC123 0000000000000000000000 zzz',
  `https://example.com/?q=${'long'.repeat(60)}`,
  'x'.repeat(700),
  'é'.repeat(1024),
];
const sizes = [64, 100, 128, 256, 333, 512, 1000, 2048];
const colors = [
  ['#000000', '#FFFFFF'],
  ['#1A365D', '#FFFFEE'],
  // As little contrast as is let through.
  ['#949494', '#FFFFFF'],
  ['#000000', '#5A5A5A'],
  ['#C00000', '#FFD0FF'],
] as const;
const shapes = [
  { cornerRadius: 0, eyeStyle: 'square' },
  { cornerRadius: 0, eyeStyle: 'rounded' },
  { cornerRadius: 25, eyeStyle: 'square' },
  { cornerRadius: 50, eyeStyle: 'square' },
  { cornerRadius: 50, eyeStyle: 'rounded' },
] as const;
const logos = [null, ...Object.keys(dataLogos)] as (keyof typeof dataLogos | null)[];

export function combinations(): Combination[] {
  const all: Combination[] = [];
  for (const text of texts)
    for (const errorCorrection of errorCorrections)
      for (const size of sizes)
        for (const [foregroundColor, backgroundColor] of colors)
          for (const shape of shapes)
            for (const format of ['svg', 'png'] as const)
              for (const logo of logos) {
                const style = { ...defaultStyle, size, errorCorrection, foregroundColor, backgroundColor, ...shape };
                all.push({ text, format, logo, style });
              }
  return all;
}

/** The same every time: `groups` lists of `count`, drawn from all. */
export function sampled<T>(all: readonly T[], groups: number, count: number): T[][] {
  const draw = seededRandom(2718);
  return Array.from({ length: groups }, () => Array.from({ length: count }, () => all[draw(all.length)] as T));
}

/** undefined: refused, for its size, its text or its logo, as it may be. */
export async function drawCombination({ text, style, format, logo }: Combination): Promise<Drawing | undefined> {
  const prepared = logo === null ? null : { prepared: await prepareLogo(dataLogos[logo]) };
  try {
    return await draw({ text, style, format, logo: prepared, isVerified: logo !== null });
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'VALIDATION_ERROR', String(error));
    const path = error.details[0]?.path ?? '';
    const paths = ['size', 'url', ...(logo === null ? [] : ['logoSize', 'logo'])];
    // The one colour that is as pale as may be.
    if (style.foregroundColor === '#949494') paths.push('foregroundColor');
    assert.ok(paths.includes(path), error.message);
    return undefined;
  }
}

/** What is promised of every code that is drawn: it can be read as it is, turned by 90°, blurred, and at half its size. */
export async function checkReadable(combination: Combination, { image }: Drawing): Promise<void> {
  const pixels = await pixelsOf(image!);
  const what = JSON.stringify(combination);
  assert.equal(pixels.size, combination.style.size, what);
  const view = viewOf(pixels);
  assert.equal(readCode(view), combination.text, `as it is: ${what}`);
  assert.equal(readCode(turned(view)), combination.text, `turned: ${what}`);
  assert.equal(readCode(blurred(view)), combination.text, `blurred: ${what}`);
  assert.equal(readCode(halved(view)), combination.text, `halved: ${what}`);
}
