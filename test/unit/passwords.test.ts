// Password hashes: of the strength that was decided, off the event loop, two at a time, and no more than sixteen in the queue.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import { Passwords } from '../../src/links/passwords.ts';

const isRefused = (error: unknown): boolean => error instanceof AppError && error.code === 'RATE_LIMITED';
const atOnce = <T>(count: number, start: (i: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
  Promise.allSettled(Array.from({ length: count }, (_, i) => start(i)));

describe('a password', () => {
  it('is hashed by argon2id with 19 MiB and two passes, each time with another salt', async () => {
    const passwords = new Passwords();
    const [one, two] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')];
    for (const hash of [one, two]) assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual(one, two);
    assert.equal(await passwords.matches(one, 'correct horse'), true);
    assert.equal(await passwords.matches(one, 'correct horse '), false);
    assert.equal(await passwords.matches(one, ''), false);
  });

  it('is the same however its letters are composed', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('cafe\u0301');
    assert.equal(await passwords.matches(hash, 'caf\u00e9'), true);
  });

  it('is worked on beside the event loop, which goes on meanwhile', async () => {
    const passwords = new Passwords();
    await passwords.hash('loads what it needs');
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await passwords.hash('correct horse').finally(() => (isDone = true));
    assert.ok(turns > 1, `the loop turned ${turns} times`);
  });
});

describe('the queue of passwords', () => {
  it('takes two to work on and sixteen to wait, and refuses the rest, again and again', async () => {
    const passwords = new Passwords();
    for (let round = 0; round < 3; round++) {
      const results = await atOnce(60, (i) => passwords.hash(`password ${i}`));
      results.forEach((result, i) => {
        assert.equal(result.status, i < 18 ? 'fulfilled' : 'rejected', `${i} in round ${round}`);
        if (result.status === 'rejected') assert.ok(isRefused(result.reason));
      });
      assert.equal(passwords.waiting, 0);
    }
  });

  it('is one for those who hash and those who check', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('correct horse');
    const results = await atOnce<unknown>(40, (i) =>
      i % 2 === 0 ? passwords.hash('another') : passwords.matches(hash, 'correct horse'),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 18);
  });

  it('passes a place on when what held it has failed', async () => {
    const passwords = new Passwords();
    const results = await atOnce(18, () => passwords.matches('no hash at all', 'x'));
    assert.ok(results.every(({ status }) => status === 'rejected'));
    assert.ok(!results.some((result) => result.status === 'rejected' && isRefused(result.reason)));
    assert.match(await passwords.hash('correct horse'), /^\$argon2id/);
  });
});
