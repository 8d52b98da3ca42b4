// What checks make of a domain over days: from the first proof to its loss, and to another owner.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { dayMs, hourMs } from '../../src/core/periods.ts';
import { type Domain, Domains } from '../../src/domains/domain.ts';
import { type CheckedDomain, graceChecks, graceMs, recordCheck } from '../../src/domains/domain-check-store.ts';
import { addDomain, findDomainById, listVerifiedDomains, setDefaultHost } from '../../src/domains/domain-store.ts';
import { problemText, type ProofProblem } from '../../src/domains/proof.ts';
import { Verifier } from '../../src/domains/verifier.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Operation } from '../../src/storage/operation.ts';
import type { Connection } from '../../src/storage/query.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

const start = Date.parse('2026-07-01T12:00:00Z');

let connection: Connection;
let users: [number, number];
before(() => {
  const folder = temporaryFolder();
  prepareDatabase(folder);
  connection = openForCommand(folder);
  setDefaultHost.apply(connection, { host: 'short.example', now: start });
  const user = (name: string): number =>
    createUser(connection, parseNewUser({ email: `${name}@example.com`, name }), start).id;
  users = [user('a'), user('b')];
});
after(async () => {
  connection.close();
  await closeServers();
});

let made = 0;
function claim(userId: number, host = `d${++made}.example`): Domain {
  return addDomain.apply(connection, {
    publicId: `dom_${++made}`,
    userId,
    host,
    verificationToken: `token${made}`,
    defaultRedirectUrl: null,
    notFoundUrl: null,
    slugCase: 'sensitive',
    clickRetentionDays: null,
    now: start,
    maxDomains: Infinity,
  });
}

function check({ id }: Domain, now: number, problem: ProofProblem | null = null): CheckedDomain {
  return recordCheck.apply(connection, { id, now, problem });
}

/** Fails a check a day, from `since` on. */
function failDaily(domain: Domain, since: number, checks: number): CheckedDomain[] {
  return Array.from({ length: checks }, (_, day) => check(domain, since + day * dayMs, 'timeout'));
}

const stored = ({ id }: Domain): Domain => findDomainById(connection, id)!;

describe('a domain', () => {
  it('is news once: with its first proof, not with later ones', () => {
    const domain = claim(users[0]);
    assert.equal(check(domain, start, 'no_such_name').isNewlyVerified, false);
    const first = check(domain, start + hourMs);
    assert.deepEqual([first.isNewlyVerified, first.domain.verifiedAt], [true, start + hourMs]);
    assert.equal(check(domain, start + dayMs).isNewlyVerified, false);
    failDaily(domain, start + 2 * dayMs, graceChecks + 1);
    assert.equal(stored(domain).status, 'failed');
    const back = check(domain, start + 30 * dayMs);
    assert.deepEqual([back.domain.status, back.isNewlyVerified], ['verified', false]);
    assert.equal(back.domain.verifiedAt, start + hourMs);
  });

  it('is news to its owner’s webhooks, once too', () => {
    connection.prepare("INSERT INTO webhook_interests (event, user_id) VALUES ('domain.verified', ?)").run(users[0]);
    const [domain, other] = [claim(users[0]), claim(users[1])];
    for (const at of [hourMs, dayMs]) for (const one of [domain, other]) check(one, start + at);
    const events = connection.prepare('SELECT user_id, event, data, created_at FROM webhook_events').all();
    const data = { domainId: domain.publicId, domain: domain.host, verifiedAt: '2026-07-01T13:00:00.000Z' };
    assert.deepEqual(events, [
      { user_id: users[0], event: 'domain.verified', data: JSON.stringify(data), created_at: start + hourMs },
    ]);
  });

  it('tells its owner’s webhooks when it is marked, once each time', () => {
    connection.prepare("INSERT INTO webhook_interests (event, user_id) VALUES ('domain.failing', ?)").run(users[0]);
    const domain = check(claim(users[0]), start).domain;
    failDaily(domain, start + dayMs, graceChecks + 2);
    check(domain, start + 20 * dayMs);
    failDaily(domain, start + 30 * dayMs, graceChecks + 2);
    const events = connection
      .prepare("SELECT data, created_at FROM webhook_events WHERE event = 'domain.failing'")
      .all();
    const data = (failingSince: string): string =>
      JSON.stringify({
        domainId: domain.publicId,
        domain: domain.host,
        failingSince,
        reason: 'timeout',
        message: problemText('timeout', domain.host),
      });
    assert.deepEqual(events, [
      { data: data('2026-07-02T12:00:00.000Z'), created_at: start + dayMs + graceMs },
      { data: data('2026-07-31T12:00:00.000Z'), created_at: start + 30 * dayMs + graceMs },
    ]);
  });

  it('that waits goes on waiting, however often the proof is missing', () => {
    const domain = claim(users[0]);
    failDaily(domain, start, 20);
    const { status, serves, problem, failingSince } = stored(domain);
    assert.deepEqual([status, serves, problem, failingSince], ['pending', false, 'timeout', null]);
  });

  it('that works is not taken down by a failed check, and starts anew with a good one', () => {
    const domain = check(claim(users[0]), start).domain;
    failDaily(domain, start + dayMs, graceChecks - 1);
    assert.deepEqual([stored(domain).status, stored(domain).failingSince], ['verified', start + dayMs]);
    check(domain, start + 9 * dayMs);
    assert.deepEqual([stored(domain).failingSince, stored(domain).problem], [null, null]);
    failDaily(domain, start + 10 * dayMs, graceChecks - 1);
    assert.equal(stored(domain).status, 'verified');
  });

  it('is marked after seven days of failures, says so once, and goes on serving', () => {
    const domain = check(claim(users[0]), start).domain;
    const since = start + dayMs;
    const outcomes = failDaily(domain, since, graceChecks + 2);
    const marked = outcomes.findIndex(({ isNewlyFailed }) => isNewlyFailed);
    assert.equal(since + marked * dayMs - since, graceMs);
    assert.equal(outcomes.filter(({ isNewlyFailed }) => isNewlyFailed).length, 1);
    assert.deepEqual([stored(domain).status, stored(domain).serves], ['failed', true]);
  });

  it('is not marked for a time in which nobody looked, nor for many failures in a short time', () => {
    const rested = check(claim(users[0]), start).domain;
    check(rested, start + dayMs, 'timeout');
    check(rested, start + 60 * dayMs, 'timeout');
    assert.equal(stored(rested).status, 'verified');
    const hectic = check(claim(users[0]), start).domain;
    for (let n = 0; n < 100; n++) check(hectic, start + n * hourMs, 'timeout');
    assert.equal(stored(hectic).status, 'verified');
  });

  it('cannot be taken from a user whose proof stands', () => {
    const mine = check(claim(users[0]), start).domain;
    assert.throws(() => claim(users[1], mine.host), { code: 'CONFLICT' });
    const [early, late] = [claim(users[0], 'race.example'), claim(users[1], 'race.example')];
    check(early, start);
    assert.throws(() => check(late, start + 1), { code: 'CONFLICT' });
    failDaily(early, start + dayMs, graceChecks - 1);
    assert.throws(() => check(late, start + 20 * dayMs), { code: 'CONFLICT' });
    assert.deepEqual([stored(early).serves, stored(late).status], [true, 'pending']);
  });

  it('goes to another user who proves it once its own proof is lost', () => {
    const mine = check(claim(users[0]), start).domain;
    failDaily(mine, start + dayMs, graceChecks);
    const theirs = claim(users[1], mine.host);
    assert.equal(stored(mine).serves, true);
    const taken = check(theirs, start + 20 * dayMs);
    assert.deepEqual([taken.isNewlyVerified, taken.replacedId], [true, mine.id]);
    assert.deepEqual([stored(mine).serves, stored(mine).status], [false, 'failed']);
    assert.throws(() => check(mine, start + 21 * dayMs), { code: 'CONFLICT' });
  });
});

describe('the daily check', () => {
  /** A verifier over the database of these tests, at a time, with a DNS in which every name fails alike. */
  function verifierAt(now: number, failure: () => Promise<never>) {
    const domains = new Domains(listVerifiedDomains(connection));
    const warnings: object[] = [];
    const verifier = new Verifier({
      reader: connection,
      writer: {
        run: <Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output> =>
          Promise.resolve(operation.apply(connection, input)),
      },
      domains,
      lookUp: failure,
      clock: { now: () => now },
      log: { info() {}, error() {}, warn: (fields: object) => void warnings.push(fields) },
    });
    return { verifier, domains, warnings };
  }
  const timeout = (): Promise<never> => Promise.reject(Object.assign(new Error('t'), { code: 'ETIMEOUT' }));

  it('looks at domains whose last check is a day old, at failing ones sooner, and follows in memory', async () => {
    const [fresh, due, failing] = ['fresh', 'due', 'failing'].map((name) => claim(users[0], `${name}.daily.example`));
    const now = start + 100 * dayMs;
    check(fresh!, now - 23 * hourMs);
    check(due!, now - 24 * hourMs);
    check(failing!, start);
    check(failing!, now - 6 * hourMs, 'no_record');
    const { verifier, domains } = verifierAt(now, timeout);
    await Promise.all([verifier.recheckDue(), verifier.recheckDue()]);
    assert.deepEqual(
      [fresh, due, failing].map((domain) => stored(domain!).checkedAt),
      [now - 23 * hourMs, now, now],
    );
    assert.deepEqual([stored(due!).problem, domains.byName(due!.host)?.failingSince], ['timeout', now]);
  });

  it('tells the operator when a domain is marked, once', async () => {
    const domain = check(claim(users[0], 'lost.daily.example'), start).domain;
    const since = start + 200 * dayMs;
    failDaily(domain, since, graceChecks - 1);
    for (const day of [8, 9]) {
      const { verifier, domains, warnings } = verifierAt(since + day * dayMs, timeout);
      await verifier.recheckDue();
      const about = warnings.filter((fields) => 'domain' in fields && fields.domain === domain.host);
      assert.equal(about.length, day === 8 ? 1 : 0);
      assert.equal(domains.byName(domain.host)?.status, 'failed');
    }
  });

  it('says nothing of look-ups that its own end has cut short', async () => {
    const domain = check(claim(users[0], 'stopped.daily.example'), start).domain;
    const { verifier, warnings } = verifierAt(start + 400 * dayMs, timeout);
    const done = verifier.recheckDue();
    const asked = verifier.check(domain);
    verifier.close();
    await done;
    await assert.rejects(asked, { code: 'UNAVAILABLE' });
    assert.deepEqual(warnings, []);
    assert.equal(stored(domain).checkedAt, start);
  });
});
