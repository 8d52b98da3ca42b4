import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  forgetPasswordVisits,
  notePasswordVisit,
  type PasswordTotals,
  passwordTotals,
  type PasswordVisit,
} from '../../src/links/password-visit-store.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { giveUserLinks } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

let connection: Connection;
before(() => {
  const folder = temporaryFolder();
  prepareDatabase(folder);
  connection = openForCommand(folder);
  giveUserLinks(connection, 1, [1, 2, 3, 4, 5]);
  connection.pragma('synchronous = OFF');
});
after(async () => {
  connection.close();
  await closeServers();
});

function note(visit: Partial<PasswordVisit>): void {
  notePasswordVisit.apply(connection, { linkId: 1, day: 20_000, kind: 'view', addressEntry: 1, ...visit });
}

/** As the bits of a hash are: anything, and the same for the same address. */
const entryOf = (address: number): number => hash('sha256', `address ${address}`, 'buffer').readUIntBE(0, 3);

/** Views by so many addresses, in one transaction. */
function noteMany(linkId: number, day: number, from: number, to: number): void {
  connection.transaction(() => {
    for (let address = from; address < to; address++) note({ linkId, day, addressEntry: entryOf(address) });
  })();
}

const totals = (linkId: number, firstDay: number, lastDay: number): PasswordTotals =>
  passwordTotals(connection, { linkId, firstDay, lastDay });

const keptRows = (linkId: number, day: number): number =>
  connection
    .prepare<[number, number], number>('SELECT count(*) FROM password_addresses WHERE link_id = ? AND day = ?')
    .pluck()
    .get(linkId, day)!;

describe('visits to a link with a password', () => {
  it('are counted by kind, different addresses once over all days', () => {
    for (const [day, addressEntry] of [
      [20_000, 1],
      [20_000, 1],
      [20_000, 2],
      [20_001, 1],
      [20_002, 3],
    ] as const)
      note({ day, addressEntry });
    note({ day: 20_001, kind: 'attempt', addressEntry: null });
    note({ day: 20_002, addressEntry: null });
    note({ linkId: 2, addressEntry: 4 });
    assert.deepEqual(totals(1, 20_000, 20_002), { views: 6, differentAddresses: 3, attempts: 1 });
    assert.deepEqual(totals(1, 20_001, 20_001), { views: 1, differentAddresses: 1, attempts: 1 });
    assert.deepEqual(totals(3, 0, 30_000), { views: 0, differentAddresses: 0, attempts: 0 });
  });

  it('tell 10,000 addresses of a day apart, and the same ones the next day', () => {
    noteMany(4, 20_000, 0, 10_000);
    noteMany(4, 20_001, 5_000, 15_000);
    const apart = (first: number, last: number): number => totals(4, first, last).differentAddresses;
    // A few have the same 24 bits: what they take away on average is added again.
    assert.ok(Math.abs(apart(20_000, 20_000) - 10_000) <= 5, String(apart(20_000, 20_000)));
    assert.ok(Math.abs(apart(20_000, 20_001) - 15_000) <= 5, String(apart(20_000, 20_001)));
    assert.equal(keptRows(4, 20_000), new Set(Array.from({ length: 10_000 }, (_, n) => entryOf(n))).size);
  });

  it('are kept in bounded room, however many addresses come, and counted all the same', () => {
    const came = 60_000;
    noteMany(5, 20_000, 0, came);
    assert.ok(keptRows(5, 20_000) > 8_000 && keptRows(5, 20_000) <= 16_384, String(keptRows(5, 20_000)));
    const { views, differentAddresses } = totals(5, 20_000, 20_000);
    assert.equal(views, came);
    assert.ok(Math.abs(differentAddresses / came - 1) < 0.03, String(differentAddresses));
    const [days] = connection
      .prepare<[], { addresses: number }>('SELECT addresses FROM password_days WHERE link_id = 5')
      .all();
    assert.equal(days?.addresses, keptRows(5, 20_000));
    // Whoever comes again is known, kept or not.
    noteMany(5, 20_000, 0, 1_000);
    assert.equal(totals(5, 20_000, 20_000).differentAddresses, differentAddresses);
    // A quieter day beside it is as exact as ever on its own, and adds to both what it adds.
    noteMany(5, 20_001, came, came + 4_000);
    assert.ok(Math.abs(totals(5, 20_001, 20_001).differentAddresses - 4_000) <= 5);
    const both = totals(5, 20_000, 20_001).differentAddresses;
    assert.ok(Math.abs(both / (came + 4_000) - 1) < 0.03, String(both));
  });

  it('are forgotten when nobody can ask about them any more, with their addresses', () => {
    connection.pragma('foreign_keys = ON');
    forgetPasswordVisits.apply(connection, { before: 20_002 });
    assert.deepEqual(totals(1, 0, 30_000), { views: 2, differentAddresses: 1, attempts: 0 });
    assert.deepEqual([keptRows(1, 20_001), keptRows(5, 20_000), keptRows(1, 20_002)], [0, 0, 1]);
  });
});
