// What clicks.durability = auto takes, and what it measures for that.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { durabilityFor, measureFsyncMs } from '../../src/storage/durability.ts';
import { closeServers, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

describe('clicks.durability = auto', () => {
  it('is power where an fsync takes less than 5 ms, else process', () => {
    assert.deepEqual([0, 4.99, 5, 80].map(durabilityFor), ['power', 'power', 'process', 'process']);
  });

  it('takes the median of a few, and leaves nothing behind', () => {
    const folder = temporaryFolder();
    // Each probe reads the clock before and after.
    const took = [1, 9, 2, 8, 3, 7, 4];
    let now = 0;
    let reads = 0;
    const clock = {
      ...systemClock,
      monotonic: () => (now += reads++ % 2 === 1 ? took[(reads >> 1) - 1]! : 0),
    };
    assert.equal(measureFsyncMs(folder, clock), 4);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('does not wait for all of them where the disk is slow', () => {
    let now = 0;
    let reads = 0;
    const clock = { ...systemClock, monotonic: () => (now += reads++ % 2 === 1 ? 60 : 0) };
    assert.equal(measureFsyncMs(temporaryFolder(), clock), 60);
    assert.equal(reads, 4);
  });

  it('is said in the log, with what it was taken for', async () => {
    const server = await startServer();
    await server.logged(/clicks\.durability is auto/);
    const line = server
      .stderr()
      .split('\n')
      .find((text) => text.includes('clicks.durability is auto'));
    const { durability, fsyncMs } = JSON.parse(line ?? '{}') as { durability?: string; fsyncMs?: number };
    assert.equal(durability, durabilityFor(fsyncMs!));
  });
});
