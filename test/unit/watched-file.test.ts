// A file that is read again when it changes, on a real disk.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { WatchedFile } from '../../src/core/watched-file.ts';

interface Watched {
  readonly path: string;
  /** What came next: content that was taken, or the reason why it was not. */
  next(): Promise<string>;
  readonly file: WatchedFile;
}

/** Refuses content that begins with "bad". */
function watch(t: TestContext, isAnnounced = true): Watched {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-watched-'));
  // Through a link to another folder nothing is announced, as on a network file system or in a container's volume.
  const path = join(folder, 'real', 'list.txt');
  mkdirSync(join(folder, 'real'));
  symlinkSync(path, join(folder, 'list.txt'));
  writeFileSync(path, 'first');
  let taken = '';
  const events: string[] = [];
  let wake = (): void => {};
  const tell = (event: string): void => {
    events.push(event);
    wake();
  };
  const file = WatchedFile.open({
    path: isAnnounced ? path : join(folder, 'list.txt'),
    maxBytes: 20,
    take(bytes) {
      if (bytes.toString().startsWith('bad')) throw new Error(`refused ${bytes.toString()}\nmore`);
      taken = bytes.toString();
    },
    onTaken: () => tell(taken),
    onRefused: (reason) => tell(reason),
    restMs: 20,
  });
  assert.equal(taken, 'first');
  // The job of a server does so, less often.
  const looking = isAnnounced ? undefined : setInterval(() => void file.check(), 10);
  t.after(() => {
    clearInterval(looking);
    file.close();
    rmSync(folder, { recursive: true });
  });
  return {
    path,
    file,
    async next() {
      while (events.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return events.shift()!;
    },
  };
}

function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

describe('a watched file', () => {
  for (const isAnnounced of [true, false]) {
    it(`is read again when it is replaced or written to, and ${isAnnounced ? 'the system says so' : 'nobody says so'}`, async (t) => {
      const watched = watch(t, isAnnounced);
      replace(watched.path, 'second');
      assert.equal(await watched.next(), 'second');
      writeFileSync(watched.path, 'third');
      assert.equal(await watched.next(), 'third');
    });
  }

  it('is read again when it is replaced by one of the same size and times', async (t) => {
    const watched = watch(t);
    const time = new Date(1_700_000_000_000);
    utimesSync(watched.path, time, time);
    assert.equal(await watched.next(), 'first');
    writeFileSync(`${watched.path}.new`, 'other');
    utimesSync(`${watched.path}.new`, time, time);
    renameSync(`${watched.path}.new`, watched.path);
    assert.equal(await watched.next(), 'other');
  });

  it('is refused once for each content that cannot be used, and taken when it can again', async (t) => {
    const watched = watch(t);
    replace(watched.path, 'bad');
    assert.equal(await watched.next(), 'refused bad');
    replace(watched.path, 'bad again');
    assert.equal(await watched.next(), 'refused bad again');
    replace(watched.path, 'x'.repeat(21));
    assert.equal(await watched.next(), 'it has 21 bytes, more than 20');
    rmSync(watched.path);
    assert.match(await watched.next(), /^ENOENT/);
    writeFileSync(watched.path, 'back');
    assert.equal(await watched.next(), 'back');
  });

  it('says at once that it cannot be used, when it is opened', (t) => {
    const { path } = watch(t);
    const options = { path, maxBytes: 4, take: () => {}, onTaken: () => {}, onRefused: () => {} };
    assert.throws(() => WatchedFile.open(options), /it has 5 bytes, more than 4/);
    assert.throws(() => WatchedFile.open({ ...options, path: `${path}.none` }), /ENOENT/);
  });
});
