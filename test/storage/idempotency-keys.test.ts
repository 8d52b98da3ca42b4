// How long what was asked with an Idempotency-Key is remembered: 24 hours, to the millisecond, and no longer kept after.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { AppError } from '../../src/core/errors.ts';
import { dayMs } from '../../src/core/periods.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { firstAskedAt, forgetIdempotencyKeys, runOnce } from '../../src/storage/idempotency-store.ts';
import type { Connection } from '../../src/storage/query.ts';

const askedAt = Date.parse('2026-07-01T12:00:00Z');

let folder: string;
let connection: Connection;
let userId: number;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-idempotency-'));
  prepareDatabase(folder);
  connection = openForCommand(folder);
  userId = createUser(connection, parseNewUser({ email: 'a@example.com', name: 'A' }), askedAt).id;
});
after(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

const once = (key: string, now: number, asked = 'this') => ({
  userId,
  key,
  requestHash: new Uint8Array(32).fill(asked.length),
  now,
});
const kept = (): number => connection.prepare<[], number>('SELECT count(*) FROM idempotency_keys').pluck().get()!;

describe('an Idempotency-Key', () => {
  it('is remembered for 24 hours and not a millisecond longer', () => {
    assert.equal(
      runOnce(connection, once('k', askedAt), () => 'first'),
      'first',
    );
    const last = askedAt + dayMs - 1;
    assert.equal(
      runOnce(connection, once('k', last), () => assert.fail('ran twice')),
      'first',
    );
    assert.equal(firstAskedAt(connection, once('k', last)), askedAt);
    assert.throws(
      () => runOnce(connection, once('k', last, 'something else'), () => 'other'),
      (error) => error instanceof AppError && error.code === 'IDEMPOTENCY_KEY_REUSED',
    );
    assert.equal(firstAskedAt(connection, once('k', last + 1)), last + 1);
    assert.equal(
      runOnce(connection, once('k', last + 1, 'something else'), () => 'second'),
      'second',
    );
    assert.equal(
      runOnce(connection, once('k', last + 2, 'something else'), () => assert.fail('ran twice')),
      'second',
    );
  });

  it('is kept no longer than that', () => {
    runOnce(connection, once('old', askedAt), () => 'old');
    runOnce(connection, once('young', askedAt + 1), () => 'young');
    forgetIdempotencyKeys.apply(connection, { now: askedAt + dayMs - 1 });
    assert.equal(kept(), 3);
    forgetIdempotencyKeys.apply(connection, { now: askedAt + dayMs });
    assert.equal(kept(), 2);
    assert.equal(
      runOnce(connection, once('young', askedAt + dayMs), () => assert.fail('ran twice')),
      'young',
    );
  });
});
