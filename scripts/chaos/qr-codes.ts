// Many combinations of text and style, each decoded as test/unit/qr-drawing.test.ts does it for a few, and by zbar, too, where that
// is installed.

import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Drawing } from '../../src/qr/draw.ts';
import { checkReadable, type Combination, combinations, drawCombination } from '../../test/support/qr-combinations.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';

const hasZbar = spawnSync('zbarimg', ['--version']).error === undefined;

/** It reads no SVG, and guesses the encoding of what is not ASCII, often wrongly. */
function canTryZbar({ text, format }: Combination): boolean {
  return hasZbar && format === 'png' && /^[\x20-\x7e]+$/.test(text);
}

function zbarReads({ text }: Combination, { image }: Drawing, folder: string): boolean {
  const file = join(folder, 'code.png');
  writeFileSync(file, image!);
  const { stdout } = spawnSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', file], {
    encoding: 'utf8',
  });
  return stdout.trimEnd() === text;
}

/** Throws when an image was handed out that cannot be read. */
export async function decodeCombinations(count: number, seed: number, say: (line: string) => void): Promise<void> {
  const all = combinations();
  const draw = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'signpost-qr-'));
  let drawn = 0;
  let refused = 0;
  const zbar = { read: 0, tried: 0 };
  const failures: string[] = [];
  for (let n = 1; n <= count; n++) {
    const combination = all[draw(all.length)] as Combination;
    const drawing = await drawCombination(combination);
    if (drawing === undefined) refused++;
    else {
      drawn++;
      await checkReadable(combination, drawing).catch((error: Error) => failures.push(error.message));
      if (canTryZbar(combination)) {
        zbar.tried++;
        if (zbarReads(combination, drawing, folder)) zbar.read++;
        else say(`zbar reads nothing: ${JSON.stringify(combination).slice(0, 400)}`);
      }
    }
    if (n % 100 === 0) say(`${n} of ${count}: ${drawn} drawn and read, ${refused} refused`);
  }
  rmSync(folder, { recursive: true });
  say(`${drawn} drawn, ${refused} refused${hasZbar ? `; zbar read ${zbar.read} of ${zbar.tried}` : ''}`);
  assert.deepEqual(failures, []);
}
