import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  forgetPasswordVisits,
  notePasswordVisit,
  passwordTotals,
  type PasswordVisit,
} from '../../src/links/password-visit-store.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

let connection: Connection;
before(() => {
  const folder = temporaryFolder();
  prepareDatabase(folder);
  connection = openForCommand(folder);
  // Only the counting is tried here: no link has to be there.
  connection.pragma('foreign_keys = OFF');
});
after(async () => {
  connection.close();
  await closeServers();
});

function note(visit: Partial<PasswordVisit>): void {
  notePasswordVisit.apply(connection, { linkId: 1, day: 20_000, kind: 'view', addressEntry: 1, ...visit });
}

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
    assert.deepEqual(passwordTotals(connection, 1, 20_000, 20_002), { views: 6, differentAddresses: 3, attempts: 1 });
    assert.deepEqual(passwordTotals(connection, 1, 20_001, 20_001), { views: 1, differentAddresses: 1, attempts: 1 });
    assert.deepEqual(passwordTotals(connection, 3, 0, 30_000), { views: 0, differentAddresses: 0, attempts: 0 });
  });

  it('are kept in bounded room, however many addresses come', () => {
    for (let addressEntry = 0; addressEntry < 5_000; addressEntry++) note({ linkId: 5, addressEntry });
    assert.deepEqual(passwordTotals(connection, 5, 20_000, 20_000), {
      views: 5_000,
      differentAddresses: 4_096,
      attempts: 0,
    });
  });

  it('are forgotten when nobody can ask about them any more', () => {
    forgetPasswordVisits.apply(connection, { before: 20_002 });
    assert.deepEqual(passwordTotals(connection, 1, 0, 30_000), { views: 2, differentAddresses: 1, attempts: 0 });
  });
});
