// What an executable is made of on machines that the tests do not run on.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { injection } from '../../scripts/build/executable.ts';
import { findTarget, hostTargetName, parseTargetName, targetNames } from '../../scripts/build/target.ts';

const projectFolder = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'signpost-target-'));
after(() => rmSync(folder, { recursive: true }));

function put(path: string, text = ''): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

describe('a target', () => {
  it('is one of five', () => {
    assert.deepEqual(targetNames, ['linux-x64', 'linux-arm64', 'win-x64', 'darwin-arm64', 'darwin-x64']);
    assert.throws(() => parseTargetName('linux-x86'), /^Error: unknown target linux-x86; known are linux-x64, /);
  });

  it('says how to get what is missing', () => {
    const other = hostTargetName() === 'win-x64' ? 'linux-x64' : 'win-x64';
    assert.throws(
      () => findTarget(folder, other),
      /is not installed .* To install it: mkdir -p dist\/parts\/.* npm ci --omit=dev/,
    );
  });

  it('on macOS is built there alone, of the Node that builds, and signed', () => {
    assert.throws(() => findTarget(projectFolder, 'darwin-arm64', 'linux-x64'), /is built on such a machine alone/);
    put('node_modules/better-sqlite3/deps/sqlite3/sqlite3.h', '#define SQLITE_VERSION "3.53.0"\n');
    put('node_modules/better-sqlite3/lib/darwin-arm64.js');
    put('node_modules/better-sqlite3/prebuilds/darwin-arm64.node');
    put('node_modules/@node-rs/argon2-darwin-arm64/argon2.darwin-arm64.node');
    const target = findTarget(folder, 'darwin-arm64', 'darwin-arm64');
    assert.deepEqual([target.nodeVersion, target.sqliteVersion], [process.versions.node, '3.53.0']);
    const commands = injection(target, 'signpost', 'blob').map(([command, ...argv]) => [command, argv.at(-1)]);
    assert.deepEqual(commands, [
      ['codesign', 'signpost'],
      [process.execPath, 'NODE_SEA'],
      ['codesign', 'signpost'],
    ]);
  });

  it('elsewhere is not signed', () => {
    const host = hostTargetName();
    if (host === undefined || host.startsWith('darwin-')) return;
    assert.equal(injection(findTarget(projectFolder, host), 'signpost', 'blob').length, 1);
  });
});
