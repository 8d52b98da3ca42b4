import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { isInUse, lockDataFolder } from '../../src/storage/process-lock.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

describe('the lock of a data folder', () => {
  it('says whose it is, and is gone when it is given back', () => {
    const folder = temporaryFolder();
    const lock = lockDataFolder(folder);
    assert.equal(readFileSync(join(folder, 'signpost.lock'), 'utf8'), `${process.pid}\n`);
    assert.equal(isInUse(folder), true);
    lock.release();
    assert.equal(existsSync(join(folder, 'signpost.lock')), false);
    assert.equal(isInUse(folder), false);
  });

  it('is refused at once: nobody waits until its holder gives it back', async () => {
    const dataFolder = temporaryFolder();
    const said = new Int32Array(new SharedArrayBuffer(4));
    const say = (word: number): void => {
      Atomics.store(said, 0, word);
      Atomics.notify(said, 0);
    };
    const holder = new Worker(new URL('../support/lock-holder.ts', import.meta.url), {
      workerData: { dataFolder, said },
    });
    await once(holder, 'message');
    say(1);
    assert.throws(() => lockDataFolder(dataFolder), {
      message: `another Signpost process (pid ${process.pid}) is using ${dataFolder}`,
      exitCode: 3,
    });
    say(2);
    await once(holder, 'exit');
    lockDataFolder(dataFolder).release();
  });
});
