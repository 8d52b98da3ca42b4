// Links are deleted for good by a server that counts clicks all the while: none is lost, none comes back, and each step leaves numbers
// and hits in agreement.

import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import pino from 'pino';
import { reclassifyStep, startClickJob } from '../../src/clicks/click-job-store.ts';
import { clearLink, deleteLink } from '../../src/clicks/link-clicks-store.ts';
import { LinkDeletions } from '../../src/clicks/link-deletions.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { countedVerdict, verdictCode } from '../../src/clicks/verdict.ts';
import { type NewVerdict, planVerdicts, type VerdictPlan } from '../../src/clicks/verdict-change-store.ts';
import { systemClock } from '../../src/core/clock.ts';
import { deletionState, requestDeletion } from '../../src/links/link-deletion-store.ts';
import { notePasswordVisit } from '../../src/links/password-visit-store.ts';
import type { Durability } from '../../src/storage/durability.ts';
import { ClickRecording, type TestHit } from '../support/click-recording.ts';
import { giveUserLinks } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import { TestHits } from '../support/test-hits.ts';

after(closeServers);

const noon = Date.parse('2026-07-01T12:00:00Z');
const gone = 1;
const kept = 2;
/** More than one step takes, and more than a tail holds. */
const hits = 700;

let clicks: ClickRecording;
afterEach(() => clicks.close());

async function open(durability: Durability): Promise<void> {
  clicks = await ClickRecording.open(temporaryFolder(), durability);
  giveUserLinks(clicks.connection, 1, [gone, kept, 3]);
  clicks.connection.exec('UPDATE links SET is_archived = 1');
}

const one = (sql: string): unknown => clicks.connection.prepare(sql).pluck().get();
const rowsOf = (linkId: number): unknown => one(`SELECT count(*) FROM clicks WHERE link_id = ${linkId}`);
const state = (linkId: number): string => deletionState(clicks.connection, `lnk_${linkId}`);
const request = (linkId: number): void => requestDeletion(clicks.connection, `lnk_${linkId}`, noon + linkId);

/** Of both links by turns, so that the hits of each lie between those of the other. */
const manyHits = (): TestHit[] =>
  Array.from({ length: 2 * hits }, (_, i) => ({ at: noon + i, linkId: i % 2 === 0 ? gone : kept, visitor: i % 90 }));

function deletions(forgetLink: (link: { slug: string }) => void = () => {}): LinkDeletions {
  const { connection: reader, writer, recorder } = clicks;
  const log = pino({ enabled: false });
  return new LinkDeletions({ reader, writer, recorder, forgetLink, clock: systemClock, log });
}

const never = (): boolean => false;

/** Nothing of the link is left but its numbers, and those of its user hold them. */
function assertGone(linkId: number, counted: number): void {
  assert.equal(state(linkId), 'deleted');
  assert.equal(rowsOf(linkId), 0);
  assert.equal(clicks.clicksOf(linkId), counted);
  assert.equal(one('SELECT count(*) FROM link_deletions'), 0);
  assert.deepEqual(auditRollUps(clicks.connection), []);
}

describe('a link that is to be deleted while a server runs', () => {
  beforeEach(() => open('process'));

  it('goes with its hits; its numbers stay, and those of others', async () => {
    await clicks.record(manyHits());
    request(gone);
    const forgotten: string[] = [];
    assert.equal(await deletions(({ slug }) => forgotten.push(slug)).run(never), true);
    assertGone(gone, hits);
    assert.equal(rowsOf(kept), hits);
    // Before, so that nobody is sent on any more, and after.
    assert.deepEqual(forgotten, ['slug-1', 'slug-1']);
  });

  it('goes in small steps, after each of which hits and numbers agree', async () => {
    await clicks.record(manyHits());
    let steps = 0;
    for (let left = hits; await clicks.writer.run(clearLink, { publicId: 'lnk_1' }); steps++) {
      left = Math.max(0, left - 250);
      assert.equal(rowsOf(gone), left);
      assert.deepEqual(auditRollUps(clicks.connection), []);
      assert.equal(clicks.clicksOf(gone), hits);
    }
    assert.equal(steps, 2);
  });

  it('waits where the server stops, and goes when that goes on', async () => {
    await clicks.record(manyHits());
    request(gone);
    let looks = 0;
    assert.equal(await deletions().run(() => ++looks > 1), false);
    assert.equal(state(gone), 'requested');
    assert.equal(rowsOf(gone), hits - 250);
    assert.deepEqual(auditRollUps(clicks.connection), []);
    assert.equal(await deletions().run(never), true);
    assertGone(gone, hits);
  });

  it('is kept with what is left of it where it was restored meanwhile', async () => {
    await clicks.record(manyHits());
    for (const linkId of [gone, 3]) request(linkId);
    clicks.connection.exec('UPDATE links SET is_archived = 0 WHERE id = 1');
    assert.equal(await deletions().run(never), true);
    assert.equal(state(gone), 'dropped');
    assert.equal(rowsOf(gone), hits);
    assertGone(3, 0);
  });

  it('does not hold up the next one where it cannot go', async () => {
    await clicks.record(manyHits());
    for (const linkId of [gone, 3]) request(linkId);
    clicks.connection.exec(
      `CREATE TRIGGER broken BEFORE DELETE ON links WHEN old.id = 1 BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    await assert.rejects(deletions().run(never), /broken/);
    assertAsked(gone);
    assert.equal(state(3), 'deleted');
    clicks.connection.exec('DROP TRIGGER broken');
    assert.equal(await deletions().run(never), true);
    assertGone(gone, hits);
  });

  function assertAsked(linkId: number): void {
    assert.equal(state(linkId), 'requested');
    assert.deepEqual(auditRollUps(clicks.connection), []);
  }

  it('counts a hit that waited while it went, and keeps none of it', async () => {
    await clicks.record(manyHits());
    const { writer, recorder } = clicks;
    const outcomes: string[] = [];
    const made = new TestHits();
    const late = (at: number, linkId: number): void =>
      recorder.record(made.hit({ at, linkId, visitor: 7, country: 'CH' }), {
        settled: (outcome) => outcomes.push(outcome),
      });
    // In the very transaction, and in one after it; the second link never had a hit before.
    for (const linkId of [gone, 3]) {
      const deleted = writer.run(deleteLink, { publicId: `lnk_${linkId}`, now: noon });
      late(noon + hits, linkId);
      await deleted;
      late(noon + hits + 1, linkId);
      late(noon + hits + 1, kept);
      await recorder.flush();
    }
    assert.deepEqual(outcomes, Array<string>(6).fill('recorded'));
    assertGone(gone, hits + 2);
    assertGone(3, 2);
    assert.equal(rowsOf(kept), hits + 2);
    // No id is given twice, though the highest are gone.
    assert.equal(one('SELECT max(id) FROM clicks'), 2 * hits + 6);
  });

  it('goes while a job judges its hits anew', async () => {
    await clicks.record(manyHits());
    const { writer, connection } = clicks;
    const started = { kind: 'reclassify', userId: 1, linkId: gone, input: null, now: noon } as const;
    const { id: jobId } = await writer.run(startClickJob, started);
    // Hits of both, the newest of the link and its oldest.
    const verdicts = [2 * hits - 1, 2 * hits, 1, 2].map((id): NewVerdict => [id, countedVerdict, verdictCode('bot')]);
    const write = async (plan: VerdictPlan): Promise<void> => {
      const step = { jobId, position: 2 * hits, examined: 4, isLast: false, now: noon };
      await writer.run(reclassifyStep, { step, verdicts, plan });
    };
    const plan = planVerdicts(connection, verdicts);
    await writer.run(clearLink, { publicId: 'lnk_1' });
    await assert.rejects(write(plan), { code: 'CONFLICT' });
    await write(planVerdicts(connection, verdicts));
    assert.deepEqual([clicks.clicksOf(gone), clicks.clicksOf(kept)], [hits - 1, hits - 2]);
    assert.deepEqual(auditRollUps(connection), []);
    await writer.run(deleteLink, { publicId: 'lnk_1', now: noon });
    const later = planVerdicts(connection, verdicts);
    assert.deepEqual(later.verdicts, []);
    await write(later);
    assertGone(gone, hits - 1);
  });

  it('is refused to what comes too late for it', async () => {
    await clicks.writer.run(deleteLink, { publicId: 'lnk_1', now: noon });
    const job = { kind: 'reclassify', userId: 1, linkId: gone, input: null, now: noon } as const;
    await assert.rejects(clicks.writer.run(startClickJob, job), { code: 'NOT_FOUND' });
    // Somebody gave a password that was checked for longer than the link was there.
    await clicks.writer.run(notePasswordVisit, { linkId: gone, day: 20_000, kind: 'attempt', addressEntry: 5 });
    assert.equal(one('SELECT count(*) FROM password_days'), 0);
  });

  it('goes with what is known of its password page, a day at a time', async () => {
    for (const day of [20_001, 20_002])
      await clicks.writer.run(notePasswordVisit, { linkId: gone, day, kind: 'view', addressEntry: 5 });
    const step = (): Promise<boolean> => clicks.writer.run(clearLink, { publicId: 'lnk_1' });
    assert.equal(await step(), true);
    assert.deepEqual(one('SELECT day FROM password_days'), 20_002);
    assert.equal(await step(), true);
    assert.equal(await step(), false);
    assert.equal(one('SELECT count(*) FROM password_addresses'), 0);
  });

  it('waits for those that came before, and for no later ones, however many', async () => {
    const made = new TestHits();
    let isEnough = false;
    const record = (): void =>
      clicks.recorder.record(made.hit({ at: noon, linkId: kept }), { settled: () => isEnough || record() });
    record();
    // While the first one is being written, and so on: one of the two always waits.
    setImmediate(record);
    await clicks.recorder.catchUp();
    isEnough = true;
    assert.ok(clicks.clicksOf(kept) > 0);
  });
});

describe('where redirects are answered before they are stored', () => {
  beforeEach(() => open('batched'));

  it('a link goes after those that were answered, and webhooks are told of each', async () => {
    clicks.connection.exec("INSERT INTO webhook_interests (event, user_id) VALUES ('click', 1)");
    request(gone);
    const made = new TestHits();
    for (let i = 0; i < hits; i++)
      clicks.recorder.record(made.hit({ at: noon + i, linkId: gone, visitor: i }), { settled: () => {} });
    assert.equal(await deletions().run(never), true);
    assertGone(gone, hits);
    assert.equal(one("SELECT count(*) FROM webhook_events WHERE event = 'click'"), hits);
  });
});
