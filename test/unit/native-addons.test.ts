// Where the executable unpacks its native parts, and whom it does not trust there. Real folders, real modes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { unpackNativeAddon } from '../../src/core/native-addons.ts';

const bytes = Buffer.from('the native part');
const addon = { name: 'part.node', sha256: createHash('sha256').update(bytes).digest('hex') };
const anotherUser = 65_534;
const isRoot = process.getuid?.() === 0;

describe('unpacking a native part', { skip: process.platform === 'win32' && 'modes are not kept there' }, () => {
  let top: string;
  let place: string;
  let folder: string;
  let file: string;

  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'signpost-test-'));
    place = join(top, 'native');
    folder = join(place, addon.sha256);
    file = join(folder, addon.name);
  });
  afterEach(() => rmSync(top, { recursive: true, force: true }));

  it('writes it once, into folders of its own, and leaves no draft behind', () => {
    unpackNativeAddon(place, addon, bytes);
    const first = statSync(file);
    unpackNativeAddon(place, addon, bytes);
    assert.equal(statSync(file).ino, first.ino, 'the file was written again');
    assert.deepEqual(readFileSync(file), bytes);
    assert.deepEqual(readdirSync(folder), [addon.name]);
    for (const path of [place, folder, file]) assert.equal(statSync(path).mode & 0o777, 0o700, path);
  });

  it('replaces a file that is not what the executable carries', () => {
    unpackNativeAddon(place, addon, bytes);
    truncateSync(file, 3);
    unpackNativeAddon(place, addon, bytes);
    assert.deepEqual(readFileSync(file), bytes);
    writeFileSync(file, 'the naughty part');
    unpackNativeAddon(place, addon, bytes);
    assert.deepEqual(readFileSync(file), bytes);
  });

  it('replaces a file of the right bytes that others can change', () => {
    unpackNativeAddon(place, addon, bytes);
    chmodSync(file, 0o777);
    unpackNativeAddon(place, addon, bytes);
    assert.equal(statSync(file).mode & 0o777, 0o700);
  });

  it('refuses a place that others can write', () => {
    mkdirSync(place);
    chmodSync(place, 0o777);
    assert.throws(() => unpackNativeAddon(place, addon, bytes), /can be written by one/);
    assert.ok(!existsSync(folder));
  });

  it('refuses a place inside a folder that others can write, unless its sticky bit protects it', () => {
    chmodSync(top, 0o777);
    assert.throws(() => unpackNativeAddon(place, addon, bytes), /can be written by one/);
    chmodSync(top, 0o1777);
    unpackNativeAddon(place, addon, bytes);
    assert.ok(existsSync(file));
  });

  it('refuses a place that is a link to somewhere else', () => {
    mkdirSync(join(top, 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(top, 'elsewhere'), place);
    assert.throws(() => unpackNativeAddon(place, addon, bytes), /is not a folder/);
  });

  it('refuses a link where the file should be', () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(top, 'elsewhere'), bytes, { mode: 0o700 });
    symlinkSync(join(top, 'elsewhere'), file);
    assert.throws(() => unpackNativeAddon(place, addon, bytes), /is not a file/);
  });

  it('refuses what another user made, even when it looks right', { skip: !isRoot && 'needs root' }, () => {
    unpackNativeAddon(place, addon, bytes);
    chownSync(place, anotherUser, anotherUser);
    assert.throws(() => unpackNativeAddon(place, addon, bytes), /belongs to another user/);
    chownSync(place, 0, 0);
    chownSync(folder, anotherUser, anotherUser);
    assert.throws(() => unpackNativeAddon(place, addon, bytes), /belongs to another user/);
  });

  it('fails where the folder around the place is missing', () => {
    assert.throws(() => unpackNativeAddon(join(top, 'missing', 'native'), addon, bytes), /ENOENT/);
  });
});
