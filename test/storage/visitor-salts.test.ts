// A day's salt is gone when the day is over: from the database file, from its log and from memory. What is left cannot be
// connected with anybody.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { nowhere } from '../../src/clicks/place.ts';
import { UserAgents } from '../../src/clicks/user-agent.ts';
import { StoredVisitorKeys } from '../../src/clicks/visitor-key-store.ts';
import { Visitors } from '../../src/clicks/visitors.ts';
import { dayMs, utcDay } from '../../src/core/periods.ts';
import { emptyLog } from '../../src/storage/checkpoint.ts';
import { ClickRecording } from '../support/click-recording.ts';

const today = utcDay(Date.parse('2026-07-14'));
const noon = (day: number) => day * dayMs + dayMs / 2;

async function open(
  t: TestContext,
): Promise<{ recording: ClickRecording; keys: StoredVisitorKeys; visitors: Visitors }> {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-salts-'));
  const recording = await ClickRecording.open(folder);
  t.after(async () => {
    await recording.close();
    rmSync(folder, { recursive: true });
  });
  const keys = await StoredVisitorKeys.open(recording.writer, today);
  const visitors = new Visitors({
    userAgents: new UserAgents(),
    geo: { generation: 0, place: () => nowhere },
    filteredNetworks: { generation: 0, has: () => false },
    keys,
    privacy: 'truncate',
    capacity: 100,
  });
  return { recording, keys, visitors };
}

function isOnDisk(recording: ClickRecording, bytes: Buffer): boolean {
  const file = recording.connection.name;
  return [file, `${file}-wal`].some((path) => existsSync(path) && readFileSync(path).includes(bytes));
}

describe("a day's salt", () => {
  it('tells visitors of one day apart, and nobody on two days', async (t) => {
    const { visitors } = await open(t);
    const hashes = [today, today + 1].flatMap((day) =>
      ['9.9.9.9', '9.9.9.8', '9.9.9.9'].map((address) => visitors.identify(address, 'Firefox/1', noon(day)).hash),
    );
    assert.equal(hashes[0], hashes[2]);
    assert.equal(new Set(hashes).size, 4);
  });

  it('outlives a restart of the server', async (t) => {
    const { recording, keys } = await open(t);
    const again = await StoredVisitorKeys.open(recording.writer, today);
    assert.deepEqual(again.dailySalt(today), keys.dailySalt(today));
    assert.deepEqual(again.dailySalt(today + 1), keys.dailySalt(today + 1));
  });

  it('is gone from the file, from its log and from memory on the next day', async (t) => {
    const { recording, keys, visitors } = await open(t);
    const { hash } = visitors.identify('9.9.9.9', 'Firefox/1', noon(today));
    const held = keys.dailySalt(today);
    const salt = Buffer.from(held);
    const next = Buffer.from(keys.dailySalt(today + 1));
    assert.ok(isOnDisk(recording, salt), 'this test can find a salt');

    assert.equal(await keys.turn(recording.writer, today), false);
    assert.equal(await keys.turn(recording.writer, today + 1), true);
    visitors.forgetBefore(today + 1);
    assert.ok(emptyLog(recording.connection));

    assert.equal(isOnDisk(recording, salt), false);
    assert.ok(isOnDisk(recording, next), 'the new day has kept its own');
    assert.deepEqual(held, Buffer.alloc(held.length));
    // A clock that is set back gets another salt, not zeros and not the old one.
    assert.notDeepEqual(keys.dailySalt(today), salt);
    assert.notDeepEqual(keys.dailySalt(today), Buffer.alloc(salt.length));
    assert.notEqual(visitors.identify('9.9.9.9', 'Firefox/1', noon(today)).hash, hash);
  });
});
