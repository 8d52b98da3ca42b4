// The terms of the databases of places: those of the one that is carried along, and what the documentation says of others.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { componentsOf } from '../../scripts/build/components.ts';
import { findTarget, hostTargetName } from '../../scripts/build/target.ts';
import { assetSourcePath } from '../../src/core/assets.ts';

const projectFolder = join(import.meta.dirname, '..', '..');
const database = assetSourcePath('country.mmdb');
const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');

describe('the database of countries', () => {
  const licenses = readdirSync(dirname(database)).filter((name) => /licen[cs]e/i.test(name));

  it('comes with the terms that we know of, and no others', () => {
    assert.deepEqual(licenses, ['NRO_LICENSE']);
    assert.match(
      readFileSync(join(dirname(database), 'NRO_LICENSE'), 'utf8'),
      /Creative Commons Attribution 4\.0 [^]*give attribution to nro\.net/,
    );
  });

  const host = hostTargetName();
  it('is shown with them by "signpost licenses"', { skip: host === undefined && 'nothing is built here' }, () => {
    const components = componentsOf(findTarget(projectFolder, host!), [database]);
    const shown = components.find(({ name }) => name.startsWith('@ip-location-db/'));
    assert.equal(shown?.license, 'CC0-1.0 AND CC-BY-4.0');
    for (const name of licenses)
      assert.ok(shown.text.includes(readFileSync(join(dirname(database), name), 'utf8').trim()), name);
  });

  it('is attributed as they ask for, where people read about it', () => {
    for (const page of ['docs/geo.md', 'README.md']) {
      assert.match(read(page), /nro\.net/, page);
      assert.match(read(page), /CC BY 4\.0/, page);
    }
  });
});

describe('the page about places', () => {
  it('has the notice that GeoLite asks for, and what other free databases do', () => {
    const page = read('docs/geo.md');
    // To the letter, as MaxMind's licence has it.
    assert.ok(
      page.includes('This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com'),
    );
    for (const row of [/^\| DB-IP Lite \| CC BY 4\.0 \| .*DB-IP\.com/m, /^\| IPinfo Lite \| CC BY-SA 4\.0 \| /m])
      assert.match(page, row);
  });
});
