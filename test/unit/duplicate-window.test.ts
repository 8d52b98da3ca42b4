// When a visit repeats one that counted.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DuplicateWindow, type EarlierClicks } from '../../src/clicks/duplicate-window.ts';
import { seededRandom } from '../support/seeded-random.ts';

const windowMs = 10_000;
const start = 1_780_000_000_000;
const nothingEarlier: EarlierClicks = { counted: () => [] };
const open = (options: { earlier?: EarlierClicks; capacity?: number } = {}) =>
  new DuplicateWindow({
    windowMs,
    earlier: options.earlier ?? nothingEarlier,
    now: start,
    capacity: options.capacity ?? 1_000,
  });

describe('the duplicate window', () => {
  it('runs from the click that counted, not from the last visit', () => {
    const duplicates = open();
    const seconds = [0, 3, 9.999, 10, 19.999, 20];
    const repeats = seconds.map((second) => duplicates.repeats(1, 7, start + second * 1_000));
    assert.deepEqual(repeats, [false, true, true, false, true, false]);
  });

  it('tells links and visitors apart', () => {
    const duplicates = open();
    const visits: [link: number, visitor: number][] = [
      [1, 1],
      [1, 2],
      [2, 1],
      [12, 1],
      [1, 21],
    ];
    for (const [link, visitor] of visits) assert.equal(duplicates.repeats(link, visitor, start), false);
    for (const [link, visitor] of visits) assert.equal(duplicates.repeats(link, visitor, start + 1), true);
  });

  it('agrees with a list of all that counted', () => {
    const random = seededRandom(31);
    const duplicates = open({ capacity: 500_000 });
    const counted = new Map<string, number>();
    let now = start;
    for (let n = 0; n < 20_000; n++) {
      now += random(50);
      const [link, visitor] = [random(10), random(100)];
      const at = counted.get(`${link}/${visitor}`);
      const expected = at !== undefined && now - at < windowMs;
      assert.equal(duplicates.repeats(link, visitor, now), expected);
      if (!expected) counted.set(`${link}/${visitor}`, now);
    }
    // What has passed is forgotten: 25 ms a visit leave some 400 in the window.
    assert.ok(duplicates.size < 600, String(duplicates.size));
  });

  it('forgets a click that was not stored, so that the next one counts', () => {
    for (const outcome of ['refused', 'unrecorded'] as const) {
      const duplicates = open();
      const told: string[] = [];
      assert.equal(duplicates.repeats(1, 1, start), false);
      const listener = duplicates.watching(1, 1, start, { settled: (told_) => told.push(told_) });
      listener.settled(outcome);
      assert.equal(duplicates.repeats(1, 1, start + 1), false, outcome);
      // Too late: another click has counted since.
      listener.settled(outcome);
      assert.equal(duplicates.repeats(1, 1, start + 2), true, outcome);
      assert.deepEqual(told, [outcome, outcome]);
    }
  });

  it('remembers a bounded number of clicks, and forgets the oldest', () => {
    const duplicates = open({ capacity: 3 });
    for (const visitor of [1, 2, 3, 4]) duplicates.repeats(1, visitor, start + visitor);
    assert.equal(duplicates.size, 3);
    assert.deepEqual(
      [2, 3, 4].map((visitor) => duplicates.repeats(1, visitor, start + 10)),
      [true, true, true],
    );
    assert.equal(duplicates.repeats(1, 1, start + 10), false);
  });

  it('knows what counted before the process started, and asks once a link for it', () => {
    const asked: [number, number][] = [];
    const earlier: EarlierClicks = {
      counted(linkId, since) {
        asked.push([linkId, since]);
        return [
          { visitor: 1, clickedAt: start - 9_000 },
          { visitor: 2, clickedAt: start - 11_000 },
        ];
      },
    };
    const duplicates = open({ earlier });
    assert.equal(duplicates.repeats(1, 1, start + 500), true);
    assert.equal(duplicates.repeats(1, 2, start + 500), false);
    assert.equal(duplicates.repeats(1, 1, start + 1_000), false);
    assert.deepEqual(asked, [[1, start + 500 - windowMs]]);
    duplicates.repeats(2, 1, start + windowMs);
    assert.equal(asked.length, 1);
  });

  it('goes on when the clock is set back', () => {
    const duplicates = open();
    duplicates.repeats(1, 1, start + 5_000);
    assert.equal(duplicates.repeats(1, 1, start + 4_000), true);
    assert.equal(duplicates.repeats(1, 1, start - 86_400_000), false);
    assert.equal(duplicates.repeats(1, 1, start - 86_399_000), true);
  });
});
