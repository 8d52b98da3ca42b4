import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exampleToml } from '../../src/config/example.ts';
import { loadConfig, loadConfigWithOrigins } from '../../src/config/load.ts';
import { flagName, optionKeys, variableName } from '../../src/config/options.ts';

describe('config.example.toml', () => {
  it('is what the table of options makes', () => {
    const written = readFileSync(new URL('../../config.example.toml', import.meta.url), 'utf8');
    assert.equal(written, exampleToml(), 'run: node scripts/config-example.ts');
  });

  it('sets nothing as it stands, and every option once its lines are uncommented', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'signpost-example-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'signpost.toml');
    const sources = { environment: {}, workingDirectory: folder };
    writeFileSync(file, exampleToml());
    assert.deepEqual(
      loadConfig(sources),
      loadConfig({ environment: {}, workingDirectory: folder, flags: { config: '/dev/null' } }),
    );

    writeFileSync(file, exampleToml().replaceAll(/^#(?=\w+ = )/gm, ''));
    const { origins } = loadConfigWithOrigins(sources);
    assert.deepEqual(
      Object.keys(origins).filter((key) => origins[key as keyof typeof origins] !== 'signpost.toml'),
      [],
    );
  });
});

describe('the table of options', () => {
  it('gives every key a flag and a variable of its own', () => {
    assert.equal(new Set(optionKeys.map(flagName)).size, optionKeys.length);
    assert.equal(new Set(optionKeys.map(variableName)).size, optionKeys.length);
    assert.ok(!optionKeys.map(flagName).includes('config'));
  });
});
