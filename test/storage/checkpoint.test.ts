// The checkpoint thread's work on a real database: the log is copied when it has grown, starts over, and is cut when all is quiet.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { Checkpointer, logState, passesByItself } from '../../src/storage/checkpoint.ts';
import { databaseFile, openReader, openWriter, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import { fillDisk, mountSmallDisk, unmountSmallDisks } from '../support/small-disk.ts';

after(unmountSmallDisks);
after(closeServers);

const mib = 2 ** 20;
const valueBytes = 4 * mib;
// How often a quiet server is looked at before its log is cut.
const manyLooks = 50;

let folder: string;
let writer: Connection;
let connection: Connection;
let checkpointer: Checkpointer;

function write(name: string): void {
  writer.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, zeroblob(?))').run(name, valueBytes);
}

function grow(toMib: number): void {
  for (let written = 0; written < toMib * mib; written += valueBytes) write(`value ${written % (4 * valueBytes)}`);
}

const log = () => logState(writer);
const logBytes = (): number => statSync(`${databaseFile(folder)}-wal`).size;
const valuesIn = (connection: Connection): unknown =>
  connection.prepare("SELECT count(*) FROM settings WHERE name LIKE 'value %'").pluck().get();

beforeEach(() => {
  folder = temporaryFolder();
  open();
});

function open(): void {
  prepareDatabase(folder);
  writer = openWriter(folder);
  connection = openWriter(folder);
  connection.pragma('busy_timeout = 5');
  checkpointer = new Checkpointer(connection, databaseFile(folder));
}

afterEach(() => {
  connection.close();
  writer.close();
});

describe('the writer', () => {
  it('makes no checkpoint of its own, however long the log', () => {
    assert.equal(writer.pragma('wal_autocheckpoint', { simple: true }), 0);
    grow(32);
    assert.equal(log().copied, 0);
  });
});

describe('a checkpoint', () => {
  it('waits until the log has grown, then copies all of it', () => {
    grow(4);
    checkpointer.look();
    assert.equal(log().copied, 0);
    grow(8);
    checkpointer.look();
    const { frames, copied } = log();
    assert.ok(frames > 0);
    assert.equal(copied, frames);
  });

  it('lets a long log start over in the same file, which grows no more', () => {
    grow(72);
    const grown = logBytes();
    checkpointer.look();
    assert.equal(logBytes(), grown);
    for (let round = 0; round < 3; round++) {
      write('after');
      assert.ok(log().frames < 2 * (valueBytes / 4096));
      grow(64);
      checkpointer.look();
      assert.ok(logBytes() <= grown);
    }
    assert.equal(writer.pragma('integrity_check', { simple: true }), 'ok');
  });

  it('keeps what an old reader sees, and the writer going', () => {
    grow(16);
    const reader = openReader(folder);
    reader.exec('BEGIN');
    assert.equal(valuesIn(reader), 4);
    grow(72);
    writer.exec("DELETE FROM settings WHERE name LIKE 'value %'");
    checkpointer.look();
    write('value again');
    assert.equal(valuesIn(reader), 4);
    reader.exec('COMMIT');
    assert.equal(valuesIn(reader), 1);
    grow(72);
    checkpointer.look();
    write('one more');
    assert.ok(log().frames < 2 * (valueBytes / 4096));
    reader.close();
  });

  it('cuts a long log only when nothing has been written for many looks', () => {
    grow(72);
    checkpointer.look();
    for (let look = 1; look < manyLooks; look++) checkpointer.look();
    assert.ok(logBytes() > 0);
    write('another');
    for (let look = 0; look < manyLooks; look++) checkpointer.look();
    assert.ok(logBytes() > 0);
    checkpointer.look();
    assert.equal(logBytes(), 0);
    assert.equal(valuesIn(writer), 4);
  });

  it('waits for room on a full disk, and loses nothing', (t) => {
    const disk = mountSmallDisk(64 * 1024);
    if (disk === undefined) return t.skip('no file system can be mounted here');
    connection.close();
    writer.close();
    folder = disk;
    open();
    grow(12);
    const free = fillDisk(disk);
    assert.throws(() => checkpointer.look(), passesByItself);
    assert.equal(valuesIn(writer), 3);
    free();
    write('value more');
    checkpointer.look();
    assert.equal(log().copied, log().frames);
    assert.equal(valuesIn(writer), 4);
    return assert.equal(writer.pragma('integrity_check', { simple: true }), 'ok');
  });
});
