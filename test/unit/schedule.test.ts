// Times of a schedule, by the clock of a machine in Berlin: summer time begins on 28 March 2027 and ends on 31 October.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hourMs } from '../../src/core/periods.ts';
import { parseSchedule, type Schedule } from '../../src/core/schedule.ts';

const zoneBefore = process.env['TZ'];
before(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
after(() => {
  if (zoneBefore === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneBefore;
});

function schedule(text: string): Schedule {
  const parsed = parseSchedule(text);
  assert.ok(parsed, text);
  return parsed;
}

/** The first times after `from`, in UTC. */
function times(text: string, from: string, count: number): string[] {
  const { next, everyMs } = schedule(text);
  const found: string[] = [];
  let now = Date.parse(from);
  while (found.length < count) {
    const at = next(now);
    assert.ok(at > now && at - now <= everyMs, `${now} → ${at}`);
    found.push(new Date((now = at)).toISOString().slice(0, 16));
  }
  return found;
}

describe('a schedule', () => {
  it('is a time of each day on the clock of the machine, in summer and in winter', () => {
    assert.deepEqual(times('daily 03:00', '2027-03-26T12:00Z', 4), [
      '2027-03-27T02:00',
      '2027-03-28T01:00',
      '2027-03-29T01:00',
      '2027-03-30T01:00',
    ]);
    assert.deepEqual(times('daily 03:00', '2027-10-30T00:30Z', 3), [
      '2027-10-30T01:00',
      '2027-10-31T02:00',
      '2027-11-01T02:00',
    ]);
  });

  it('neither leaves out the day on which that time does not exist nor repeats it where it comes twice', () => {
    assert.deepEqual(times('daily 02:30', '2027-03-27T00:00Z', 3), [
      '2027-03-27T01:30',
      '2027-03-28T01:30',
      '2027-03-29T00:30',
    ]);
    assert.deepEqual(times('daily 02:30', '2027-10-30T12:00Z', 2), ['2027-10-31T00:30', '2027-11-01T01:30']);
  });

  it('is so much time, at once for what has never happened', () => {
    assert.deepEqual(times('every 6h', '2027-03-26T12:00Z', 2), ['2027-03-26T18:00', '2027-03-27T00:00']);
    assert.equal(schedule('every 30m').everyMs, hourMs / 2);
    assert.equal(schedule('every 30d').everyMs, 30 * 24 * hourMs);
    assert.equal(schedule('every 6h').first(1_000), 1_000);
    const noon = Date.parse('2027-03-26T12:00Z');
    assert.equal(schedule('daily 03:00').first(noon), Date.parse('2027-03-27T02:00Z'));
  });

  it('is nothing else', () => {
    const none = ['', 'daily', 'daily 3:00', 'daily 24:00', 'daily 03:60', 'Daily 03:00', 'daily 03:00 ', 'every 6'];
    for (const text of [...none, 'every 14m', 'every 0h', 'every 31d', 'every 721h', 'every 1.5h', 'every -1h', '6h'])
      assert.equal(parseSchedule(text), undefined, text);
  });
});
