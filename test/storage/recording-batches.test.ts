import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { dictionaryLimit, maxBatchClicks } from '../../src/clicks/click-batch.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { turnSalts } from '../../src/clicks/visitor-key-store.ts';
import { AppError } from '../../src/core/errors.ts';
import { dayMs, utcDay } from '../../src/core/periods.ts';
import { ClickRecording, type TestHit } from '../support/click-recording.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const noon = Date.parse('2026-07-01T12:00:00Z');

let clicks: ClickRecording;
beforeEach(async () => {
  clicks = await ClickRecording.open(temporaryFolder());
});
afterEach(() => clicks.close());

const one = (sql: string): unknown => clicks.connection.prepare(sql).pluck().get();

/** Everything that the recorder writes. */
function contents(): Record<string, unknown[]> {
  const tables = [
    'clicks',
    'link_totals',
    'link_roll_ups',
    'user_roll_ups',
    'places',
    'user_agents',
    'referrers',
    'contexts',
  ];
  return Object.fromEntries(
    tables.map((table) => [table, clicks.connection.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()]),
  );
}

/** The texts stored with each visitor's hit. */
function storedTexts(): Map<number, string> {
  const found = clicks.connection
    .prepare<[], { visitor: number; texts: string }>(
      `SELECT c.visitor + (1 << 47) AS visitor,
         concat_ws(' ', u.text, coalesce(r.host, ''), v.language, coalesce(p.country, '')) AS texts
       FROM clicks c JOIN user_agents u ON u.id = c.user_agent_id JOIN contexts v ON v.id = c.context_id
         LEFT JOIN places p ON p.id = c.place_id LEFT JOIN referrers r ON r.id = c.referrer_id`,
    )
    .all();
  return new Map(found.map(({ visitor, texts }) => [visitor, texts]));
}

/** The first few hits whose texts are not what they should be: all of them would take minutes to print. */
function wrongTexts(expected: ReadonlyMap<number, string>): unknown[] {
  const stored = storedTexts();
  assert.equal(stored.size, expected.size);
  const wrong = [...expected].filter(([visitor, text]) => stored.get(visitor) !== text);
  return wrong.slice(0, 5).map(([visitor, text]) => ({ visitor, text, stored: stored.get(visitor) }));
}

const textsOf = ({ agent = '', referrer = '', language = '', country = '' }: TestHit): string =>
  [agent, referrer, language, country].join(' ');

/** A hit of which every text but the country is the visitor's own; half of them come again in later batches. */
function distinctHit(visitor: number): TestHit {
  const name = visitor % 2 === 0 ? visitor : visitor % 1000;
  return {
    linkId: 1 + (visitor % 50),
    at: noon,
    visitor,
    agent: `Agent/${name}`,
    referrer: `host-${name}.example`,
    language: `l${visitor % 97}`,
    country: visitor % 3 === 0 ? 'CH' : 'NZ',
  };
}

describe('the texts of hits', () => {
  it('are right however many different ones come', async () => {
    const perBatch = 9_000;
    const batches = 5;
    const expected = new Map<number, string>();
    for (let batch = 0; batch < batches; batch++) {
      const hits = Array.from({ length: perBatch }, (_, i) => distinctHit(batch * perBatch + i));
      for (const hit of hits) expected.set(hit.visitor ?? 0, textsOf(hit));
      const outcomes = await clicks.record(hits);
      assert.deepEqual(new Set(outcomes), new Set(['recorded']));
    }
    assert.ok(Number(one('SELECT count(*) FROM user_agents')) > dictionaryLimit / 2, 'the dictionaries began anew');
    assert.deepEqual(wrongTexts(expected), []);
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });

  it('are right where one batch brings as many as it has room for', async () => {
    const lead = dictionaryLimit / 2 - 2;
    const expected = new Map<number, string>();
    // Just short of beginning anew, then a whole batch of nothing but new ones, then what follows that.
    for (const [first, count] of [
      [0, lead],
      [lead, maxBatchClicks],
      [lead + maxBatchClicks, 10],
    ] as const) {
      const hits = Array.from({ length: count }, (_, i) => ({
        at: noon,
        visitor: first + i,
        agent: `Agent/${first + i}`,
        referrer: `host-${first + i}.example`,
      }));
      for (const hit of hits) expected.set(hit.visitor, textsOf(hit));
      await clicks.record(hits);
    }
    assert.deepEqual(wrongTexts(expected), []);
  });
});

describe('more different visits in a day than anybody has', () => {
  it('are counted all, with less kept of each', async () => {
    const perBatch = 16_000;
    const batches = 4;
    for (let batch = 0; batch < batches; batch++) {
      const hits = Array.from({ length: perBatch }, (_, i) => ({
        at: noon,
        visitor: batch * perBatch + i,
        agent: `Agent/${batch * perBatch + i}`,
        referrer: 'news.example',
        referrerPath: `/${batch * perBatch + i}`,
        utmSource: `source-${batch * perBatch + i}`,
      }));
      await clicks.record(hits);
    }
    for (const table of ['user_agents', 'referrers', 'contexts']) {
      const stored = Number(one(`SELECT count(*) FROM ${table}`));
      assert.ok(stored >= 50_000 && stored < 50_010, `${stored} ${table}`);
    }
    const { totalClicks, byReferrer, byUtmSource, byDevice } = clicks.stats({ now: noon, limit: 1 });
    assert.equal(totalClicks, batches * perBatch);
    assert.deepEqual(byReferrer, [{ referrer: 'news.example', count: batches * perBatch }]);
    assert.deepEqual(byUtmSource, [{ utmSource: 'none', count: batches * perBatch - 50_000 }]);
    assert.deepEqual(byDevice, [{ device: 'desktop', count: batches * perBatch }]);
    await clicks.record([{ at: noon + dayMs, agent: 'Agent/of-the-next-day' }]);
    assert.equal(one("SELECT count(*) FROM user_agents WHERE text = 'Agent/of-the-next-day'"), 1);
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});

describe('a batch that fails', () => {
  const sessions = [
    { at: noon, visitor: 1, agent: 'First/1', referrer: 'one.example', language: 'de', country: 'CH' },
    { at: noon + 1, visitor: 2, agent: 'Second/1', linkId: 2 },
  ];
  const failing = [
    { at: noon + 2, visitor: 3, agent: 'Third/1', referrer: 'two.example', language: 'fr', country: 'FR' },
    { at: noon + dayMs, visitor: 4, agent: 'First/1', referrer: 'two.example' },
    { at: noon + 3, visitor: 666, agent: 'Fourth/1', linkId: 3, limit: 5 },
  ];

  function breakFor(visitor: number): void {
    clicks.connection.exec(
      `CREATE TRIGGER broken BEFORE INSERT ON clicks WHEN NEW.visitor + (1 << 47) = ${visitor} BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
  }
  const mend = (): unknown => clicks.connection.exec('DROP TRIGGER broken');

  it('leaves nothing behind, says so, and does not disturb the next one', async () => {
    await clicks.record(sessions);
    const before = contents();
    breakFor(666);
    assert.deepEqual(await clicks.record(failing), ['unrecorded', 'unrecorded', 'unrecorded']);
    assert.deepEqual(contents(), before);
    // The third, with a limit, is not let through, so there are two that went by uncounted.
    assert.equal(clicks.recorder.uncounted, 2);
    assert.equal(clicks.stats({ now: noon }).uniqueVisitors, 1);

    mend();
    // The texts of the failed batch crossed over with it and are not sent again.
    assert.deepEqual(await clicks.record(failing), ['recorded', 'recorded', 'recorded']);
    assert.deepEqual(
      wrongTexts(new Map([...sessions, ...failing].map((hit) => [hit.visitor, textsOf(hit as TestHit)]))),
      [],
    );
    assert.equal(clicks.clicksOf(1), 3);
    assert.equal(clicks.stats({ now: noon + dayMs, createdAt: noon }).uniqueVisitors, 3);
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });

  it('takes the changes that share its transaction along, and they are told', async () => {
    breakFor(666);
    const recorded = clicks.record(failing);
    const change = clicks.writer.run(turnSalts, { today: utcDay(noon) });
    await assert.rejects(change, (error) => error instanceof AppError && error.code === 'UNAVAILABLE');
    assert.deepEqual(await recorded, ['unrecorded', 'unrecorded', 'unrecorded']);
    assert.equal(one('SELECT count(*) FROM visitor_salts'), 0);
    mend();
    await clicks.writer.run(turnSalts, { today: utcDay(noon) });
    assert.equal(one('SELECT count(*) FROM visitor_salts'), 2);
  });

  it('takes back the roll-ups that it had made, and those made next hold everything once', async () => {
    const crowd = (first: number, count: number): TestHit[] =>
      Array.from({ length: count }, (_, i) => ({ at: noon, visitor: first + i, agent: `Agent/${first + i}` }));
    await clicks.record(crowd(0, 200));
    const before = contents();
    breakFor(99_999);
    await clicks.record([...crowd(1_000, 5_000), { at: noon, visitor: 99_999 }]);
    assert.deepEqual(contents(), before);
    mend();
    await clicks.record(crowd(1_000, 5_000));
    assert.equal(clicks.stats({ now: noon }).totalClicks, 5_200);
    assert.ok(Number(one('SELECT count(*) FROM link_roll_ups')) > 0);
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });

  it('fails for a missing table as well, until it is back', async () => {
    await clicks.record(sessions);
    clicks.connection.exec('ALTER TABLE contexts RENAME TO hidden');
    assert.deepEqual(await clicks.record(failing), ['unrecorded', 'unrecorded', 'unrecorded']);
    clicks.connection.exec('ALTER TABLE hidden RENAME TO contexts');
    assert.deepEqual(await clicks.record(failing), ['recorded', 'recorded', 'recorded']);
    assert.equal(one('SELECT count(*) FROM clicks'), sessions.length + failing.length);
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});

describe('more hits at once than may wait', () => {
  it('are let through uncounted, and counted as such', async () => {
    const hits = Array.from({ length: maxBatchClicks + 5 }, (_, visitor) => ({ at: noon, visitor }));
    const outcomes = await clicks.record(hits);
    assert.deepEqual(
      outcomes.slice(0, maxBatchClicks).filter((outcome) => outcome !== 'recorded'),
      [],
    );
    assert.deepEqual(outcomes.slice(maxBatchClicks), Array(5).fill('unrecorded'));
    assert.equal(clicks.recorder.uncounted, 5);
    assert.equal(clicks.clicksOf(), maxBatchClicks);
    assert.deepEqual(await clicks.record([{ at: noon }]), ['recorded']);
  });

  it('do not pass for a used-up limit', async () => {
    const hits = Array.from({ length: maxBatchClicks }, (_, visitor) => ({ at: noon, visitor }));
    const outcomes = await clicks.record([...hits, { linkId: 2, at: noon, limit: 5 }]);
    assert.equal(outcomes.at(-1), 'unrecorded');
  });
});

describe('a clock that is set back over midnight', () => {
  const today = utcDay(noon);
  const visitors = (day: number): number =>
    clicks.stats({ now: noon, from: day * 96, to: (day + 1) * 96 }).uniqueVisitors;

  it('puts each hit into the day that it was given', async () => {
    for (const [offset, visitor] of [
      [0, 1],
      [1, 2],
      [0, 3],
      [1, 4],
      [0, 1],
      [-1, 5],
      [1, 6],
    ] as const) {
      await clicks.record([{ at: noon + offset * dayMs, visitor, agent: 'A/1' }]);
    }
    const course = clicks.stats({ now: noon + dayMs, createdAt: noon - dayMs }).overTime.map(({ count }) => count);
    assert.deepEqual(course, [1, 3, 3]);
    assert.equal(one('SELECT last_clicked_at FROM link_totals'), noon + dayMs);
    assert.deepEqual([visitors(today - 1), visitors(today), visitors(today + 1)], [1, 2, 3]);
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });

  it('does so within one batch, too', async () => {
    const offsets = [0, 1, 0, 1, -1];
    await clicks.record(offsets.map((offset, visitor) => ({ at: noon + offset * dayMs, visitor })));
    assert.deepEqual([visitors(today - 1), visitors(today), visitors(today + 1)], [1, 2, 2]);
    assert.equal(clicks.clicksOf(), 5);
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});
