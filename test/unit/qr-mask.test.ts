// The fast way to a mask's penalty, against the slow one that the standard describes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { masks, penalties } from '../../src/qr/mask.ts';
import { alignmentCentres, matrixOf } from '../../src/qr/matrix.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** ISO/IEC 18004, 7.8.3.1, module by module. */
function slowPenalty(modules: readonly number[], count: number): number {
  const row = (n: number): number[] => modules.slice(n * count, (n + 1) * count);
  const column = (n: number): number[] => row(0).map((_, index) => modules[index * count + n]!);
  let penalty = 0;
  for (const line of Array.from({ length: count }, (_, n) => [row(n), column(n)]).flat()) {
    const text = line.join('');
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) penalty += run.length - 2;
    for (let at = 0; at + 11 <= count; at++)
      if (['10111010000', '00001011101'].includes(text.slice(at, at + 11))) penalty += 40;
  }
  for (let index = count + 1; index < modules.length; index++) {
    const [module, left, above, both] = [index, index - 1, index - count, index - count - 1].map((n) => modules[n]);
    if (index % count > 0 && module === left && module === above && module === both) penalty += 3;
  }
  const dark = modules.reduce((sum, module) => sum + module, 0);
  return penalty + Math.floor(Math.abs((dark * 100) / modules.length - 50) / 5) * 10;
}

function withMask(modules: readonly number[], reserved: Uint8Array, count: number, mask: number): number[] {
  return modules.map((module, index) => {
    const inverts = reserved[index] === 0 && masks[mask]!(Math.floor(index / count), index % count);
    return inverts ? 1 - module : module;
  });
}

describe('the penalty of a mask', () => {
  // One word a line, exactly one, two, and the most.
  for (const version of [1, 2, 3, 4, 10, 12, 40]) {
    it(`is the standard's, in version ${version}`, () => {
      const draw = seededRandom(version);
      const real = matrixOf('x', 'L', version)!;
      const { count, reserved } = real;
      const random = Array.from(real.modules, (_, index) => (index < count * 3 ? 1 : draw(2)));
      const found = penalties(Uint8Array.from(withMask(random, reserved, count, 0)), reserved, count);
      const expected = masks.map((_, mask) => slowPenalty(withMask(random, reserved, count, mask), count));
      assert.deepEqual(found, expected);
    });
  }
});

describe('the alignment patterns', () => {
  it('lie where the encoder puts them', () => {
    for (let version = 1; version <= 40; version++) {
      const { count, modules, reserved } = matrixOf('x', 'L', version)!;
      const at = (row: number, column: number): number => modules[row * count + column]!;
      const isPattern = (row: number, column: number): boolean =>
        reserved[row * count + column] === 1 &&
        at(row, column) === 1 &&
        [-1, 0, 1].every((dy) => [-1, 0, 1].every((dx) => (dx === 0 && dy === 0) || at(row + dy, column + dx) === 0)) &&
        [-2, 2].every((d) =>
          [-2, -1, 0, 1, 2].every((n) => at(row + d, column + n) === 1 && at(row + n, column + d) === 1),
        );
      const centres = alignmentCentres(version);
      const places = version === 1 ? 0 : (Math.floor(version / 7) + 2) ** 2 - 3;
      assert.equal(centres.length, places, `version ${version}`);
      for (const [row, column] of centres) assert.ok(isPattern(row, column), `version ${version}: ${row}, ${column}`);
    }
  });
});
