// ISO 8601 times with an offset: what is one, and to which millisecond.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseInstant } from '../../src/core/instant.ts';

describe('parseInstant', () => {
  const good: [string, number][] = [
    ['2024-09-01T00:00:00Z', Date.UTC(2024, 8, 1)],
    ['2024-09-01t00:00:00z', Date.UTC(2024, 8, 1)],
    ['2024-09-01T00:00Z', Date.UTC(2024, 8, 1)],
    ['2024-02-29T23:59:59.9999Z', Date.UTC(2024, 1, 29, 23, 59, 59, 999)],
    ['2024-09-01T02:00:00,5+02:00', Date.UTC(2024, 8, 1, 0, 0, 0, 500)],
    ['2024-09-01T02:00:00+0200', Date.UTC(2024, 8, 1)],
    ['2024-08-31T18:30:00-05:30', Date.UTC(2024, 8, 1)],
    ['2024-09-01T02:00:00+02', Date.UTC(2024, 8, 1)],
    ['2024-09-01T00:00:00-00:00', Date.UTC(2024, 8, 1)],
    ['0001-01-01T00:00:00Z', Date.parse('0001-01-01T00:00:00Z')],
    ['0000-01-01T00:00:00Z', Date.parse('0000-01-01T00:00:00Z')],
    ['9999-12-31T23:59:59.999Z', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ];
  for (const [text, instant] of good) it(`reads ${text}`, () => assert.equal(parseInstant(text), instant));

  const bad = [
    '',
    'now',
    '2024',
    '2024-09-01',
    '2024-09-01T00:00:00',
    '2024-09-01 00:00:00Z',
    '2024-9-1T00:00:00Z',
    '1725148800',
    '2023-02-29T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2024-01-00T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00+00:60',
    '+002024-01-01T00:00:00Z',
    '2024-01-01T00:00:00Z ',
    '2024-W01-1T00:00:00Z',
    '２０２４-01-01T00:00:00Z',
    '2024-01-01T00:00:00.Z',
    // The offset leads into years that are written with six digits.
    '9999-12-31T23:59:59-00:01',
    '0000-01-01T00:00:00+00:01',
  ];
  for (const text of bad) it(`refuses "${text}"`, () => assert.equal(parseInstant(text), undefined));

  it('reads back what Date writes', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        (date) => {
          assert.equal(parseInstant(date.toISOString()), date.getTime());
        },
      ),
    );
  });
});
