// Local days and hours across clock changes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { quarterMs } from '../../src/core/periods.ts';
import { type Interval, intervals, TimeZone } from '../../src/core/time-zone.ts';

const quarter = (iso: string): number => Date.parse(iso) / quarterMs;

/** Steps as `start in UTC label`. */
function steps(zone: string, from: string, to: string, interval: Interval): string[] {
  return TimeZone.named(zone)!
    .steps({ from: quarter(from), to: quarter(to) }, interval)
    .map(({ start, label }) => `${new Date(start * quarterMs).toISOString().slice(5, 16)} ${label}`);
}

describe('a time zone', () => {
  it('is known by its IANA name in any case, and by nothing else', () => {
    assert.equal(TimeZone.named('utc'), TimeZone.utc);
    assert.equal(TimeZone.named('europe/berlin')!.offsetAt(quarter('2026-07-01T00:00Z')), 8);
    for (const name of [
      '',
      'Europe/Atlantis',
      '+02:00',
      'UTC+2',
      '../etc/localtime',
      'x'.repeat(10_000),
      'Europe/Berlin\0',
    ])
      assert.equal(TimeZone.named(name), undefined, JSON.stringify(name.slice(0, 30)));
  });

  const expected: [what: string, zone: string, from: string, to: string, interval: Interval, steps: string[]][] = [
    [
      'a day of 25 hours',
      'Europe/Berlin',
      '2026-10-24T22:00Z',
      '2026-10-26T23:00Z',
      'day',
      ['10-24T22:00 2026-10-25', '10-25T23:00 2026-10-26'],
    ],
    [
      'a day of 23 hours',
      'America/New_York',
      '2026-03-08T05:00Z',
      '2026-03-10T04:00Z',
      'day',
      ['03-08T05:00 2026-03-08', '03-09T04:00 2026-03-09'],
    ],
    [
      'an hour that comes twice',
      'Europe/Berlin',
      '2026-10-25T00:00Z',
      '2026-10-25T03:00Z',
      'hour',
      [
        '10-25T00:00 2026-10-25T02:00:00+02:00',
        '10-25T01:00 2026-10-25T02:00:00+01:00',
        '10-25T02:00 2026-10-25T03:00:00+01:00',
      ],
    ],
    [
      'offsets of quarter-hours',
      'Asia/Kathmandu',
      '2026-01-01T00:00Z',
      '2026-01-01T02:00Z',
      'hour',
      [
        '01-01T00:00 2026-01-01T05:00:00+05:45',
        '01-01T00:15 2026-01-01T06:00:00+05:45',
        '01-01T01:15 2026-01-01T07:00:00+05:45',
      ],
    ],
    [
      'a change by half an hour',
      'Australia/Lord_Howe',
      '2026-04-04T13:00Z',
      '2026-04-04T16:00Z',
      'hour',
      [
        '04-04T13:00 2026-04-05T00:00:00+11:00',
        '04-04T14:00 2026-04-05T01:00:00+11:00',
        '04-04T15:30 2026-04-05T02:00:00+10:30',
      ],
    ],
    [
      'a day without a midnight',
      'Asia/Beirut',
      '2026-03-27T22:00Z',
      '2026-03-30T21:00Z',
      'day',
      ['03-27T22:00 2026-03-28', '03-28T22:00 2026-03-29', '03-29T21:00 2026-03-30', '03-30T21:00 2026-03-31'].slice(
        0,
        3,
      ),
    ],
    [
      'a date that never was',
      'Pacific/Apia',
      '2011-12-29T10:00Z',
      '2012-01-01T10:00Z',
      'day',
      ['12-29T10:00 2011-12-29', '12-30T10:00 2011-12-31', '12-31T10:00 2012-01-01'],
    ],
    [
      'weeks from Monday, the first one cut',
      'UTC',
      '2026-01-15T00:00Z',
      '2026-01-27T00:00Z',
      'week',
      ['01-15T00:00 2026-01-12', '01-19T00:00 2026-01-19', '01-26T00:00 2026-01-26'],
    ],
    [
      'months over the turn of the year',
      'Europe/Berlin',
      '2026-11-20T00:00Z',
      '2027-01-05T00:00Z',
      'month',
      ['11-20T00:00 2026-11-01', '11-30T23:00 2026-12-01', '12-31T23:00 2027-01-01'],
    ],
  ];
  for (const [what, zone, from, to, interval, list] of expected) {
    it(`knows ${what}`, () => assert.deepEqual(steps(zone, from, to, interval), list));
  }

  it('divides any range into steps that begin with it, ascend and say the local date', () => {
    const names = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Apia', 'Africa/Casablanca'];
    const ranges = fc.record({
      name: fc.constantFrom(...names),
      from: fc.integer({ min: quarter('2009-01-01T00:00Z'), max: quarter('2030-01-01T00:00Z') }),
      length: fc.integer({ min: 1, max: 3_000 }),
      interval: fc.constantFrom(...intervals),
    });
    fc.assert(
      fc.property(ranges, ({ name, from, length, interval }) => {
        const zone = TimeZone.named(name)!;
        const found = zone.steps({ from, to: from + length }, interval);
        assert.equal(found[0]?.start, from);
        found.forEach(({ start, label }, i) => {
          assert.ok(start < (found[i + 1]?.start ?? from + length));
          const local = new Date((start + zone.offsetAt(start)) * quarterMs).toISOString().slice(0, 10);
          if (interval === 'day' || (interval === 'hour' && i > 0)) assert.equal(label.slice(0, 10), local);
          else assert.ok(label.slice(0, 10) <= local);
        });
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
