import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { fullAddress } from '../../src/clicks/stored-address.ts';
import { currentTotals } from '../../src/links/link-totals-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { ClickRecording, type TestHit } from '../support/click-recording.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import { sketchEntryOf, TestHits } from '../support/test-hits.ts';

after(closeServers);

const noon = Date.parse('2026-07-01T12:00:00Z');
const bot = verdictCode('bot');

let folder: string;
let clicks: ClickRecording;
beforeEach(async () => {
  folder = temporaryFolder();
  clicks = await ClickRecording.open(folder);
});
afterEach(() => clicks.close());

const rows = (sql: string): unknown[] => clicks.connection.prepare(sql).all();
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
  return Object.fromEntries(tables.map((table) => [table, rows(`SELECT * FROM ${table}`)]));
}

describe('a hit', () => {
  it('is stored with all that is known of it', async () => {
    const hit: TestHit = {
      linkId: 7,
      at: noon,
      visitor: 2 ** 48 - 1,
      agent: 'Agent/1',
      device: 'mobile',
      browser: 'Firefox',
      browserVersion: '131.0.2',
      os: 'Android',
      osVersion: '14',
      country: 'CH',
      region: 'CH-BE',
      city: 'Bern',
      referrer: 'news.example',
      referrerPath: '/a?b=c',
      language: 'de',
      utmSource: 'poster',
      target: 'geo:CH',
      qr: 'qr_1',
      verdict: bot,
      address: Buffer.from([203, 0, 113, 0]),
    };
    assert.deepEqual(await clicks.record([hit]), ['recorded']);
    assert.deepEqual(
      rows(`SELECT c.link_id, c.clicked_at, c.verdict, c.visitor + (1 << 47) AS visitor, c.sketch + 32768 AS sketch,
              hex(c.address) AS address, c.previous_id, u.text, u.device, u.browser, u.browser_version, u.os, u.os_version,
              p.country, p.region, p.city, p.latitude, r.url, r.host, v.language, v.utm_source, v.utm_medium, v.target, v.qr
            FROM clicks c JOIN user_agents u ON u.id = c.user_agent_id JOIN places p ON p.id = c.place_id
              JOIN referrers r ON r.id = c.referrer_id JOIN contexts v ON v.id = c.context_id`),
      [
        {
          link_id: 7,
          clicked_at: noon,
          verdict: bot,
          visitor: 2 ** 48 - 1,
          sketch: sketchEntryOf(2 ** 48 - 1),
          address: 'CB007100',
          previous_id: 0,
          text: 'Agent/1',
          device: 'mobile',
          browser: 'Firefox',
          browser_version: '131.0.2',
          os: 'Android',
          os_version: '14',
          country: 'CH',
          region: 'CH-BE',
          city: 'Bern',
          latitude: null,
          url: 'https://news.example/a?b=c',
          host: 'news.example',
          language: 'de',
          utm_source: 'poster',
          utm_medium: '',
          target: 'geo:CH',
          qr: 'qr_1',
        },
      ],
    );
  });

  it('shares what it has in common with others', async () => {
    const same = { country: 'CH', agent: 'Agent/1', referrer: 'news.example', language: 'de' };
    await clicks.record([
      { at: noon, ...same },
      { at: noon, ...same, city: 'Bern' },
    ]);
    await clicks.record([{ at: noon, ...same }]);
    const counts = ['places', 'user_agents', 'referrers', 'contexts'].map((table) =>
      one(`SELECT count(*) FROM ${table}`),
    );
    assert.deepEqual(counts, [2, 1, 1, 1]);
    await clicks.close();
    // The next process finds them again.
    clicks = await ClickRecording.open(folder);
    await clicks.record([{ at: noon, ...same }]);
    assert.deepEqual([one('SELECT count(*) FROM places'), one('SELECT count(*) FROM clicks')], [2, 4]);
  });

  it('keeps an address of 4 bytes, of 16, or none', async () => {
    const addresses = [Buffer.from('c0000200', 'hex'), Buffer.from(`20010db8${'0'.repeat(23)}1`, 'hex'), undefined];
    const hits = addresses.map((address, visitor) => ({ at: noon, visitor, ...(address && { address }) }));
    // Each in the place that another one had before: its bytes must not show.
    for (const order of [
      [1, 0, 2],
      [0, 2, 1],
      [2, 1, 0],
      [1, 1, 1],
      [2, 0, 2],
    ])
      await clicks.record(order.map((i) => hits[i]!));
    const stored = clicks.connection
      .prepare<[], { visitor: number; address: Buffer | null }>(
        'SELECT DISTINCT visitor + (1 << 47) AS visitor, address FROM clicks ORDER BY visitor',
      )
      .all();
    assert.deepEqual(
      stored.map(({ visitor, address }) => ({ visitor, address: fullAddress(address) })),
      addresses.map((address, visitor) => ({ visitor, address: address ?? null })),
    );
  });

  it('is counted unless its verdict says otherwise', async () => {
    await clicks.record([{ at: noon }, { at: noon + 1, verdict: bot }]);
    assert.equal(clicks.clicksOf(), 1);
    assert.equal(one('SELECT last_clicked_at FROM link_totals'), noon);
    assert.equal(one('SELECT count(*) FROM clicks'), 2);
  });

  it('leaves nothing but its number where only that is to be kept', async () => {
    const visit = { agent: 'Agent/1', country: 'CH', referrer: 'news.example', language: 'de', browser: 'Firefox' };
    const secret = { at: noon + 7 * 60_000, visitor: 5, totalOnly: true, address: Buffer.from([1, 2, 3, 4]), ...visit };
    await clicks.record([secret, secret, { ...secret, verdict: bot }]);
    assert.equal(clicks.clicksOf(), 2);
    assert.equal(clicks.stats({ now: noon }).totalClicks, 2);
    assert.equal(clicks.stats({ now: noon, bots: 'only' }).totalClicks, 1);
    assert.equal(clicks.stats({ now: noon }).uniqueVisitors, 0);
    const nothing = {
      place_id: 0,
      user_agent_id: 0,
      referrer_id: 0,
      context_id: 0,
      visitor: -(2 ** 47),
      sketch: -32_768,
    };
    const kept = { clicked_at: noon, address: null, ...nothing };
    assert.deepEqual(
      rows(
        `SELECT DISTINCT clicked_at, address, place_id, user_agent_id, referrer_id, context_id, visitor, sketch FROM clicks`,
      ),
      [kept],
    );
    assert.deepEqual(
      ['places', 'user_agents', 'contexts'].map((table) => one(`SELECT count(*) FROM ${table}`)),
      [0, 0, 0],
    );
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});

describe('a click limit', () => {
  it('is met exactly within a batch', async () => {
    const hits = Array.from({ length: 10 }, (_, i) => ({ at: noon + i, visitor: i, limit: 3 }));
    const outcomes = await clicks.record(hits);
    assert.deepEqual(
      outcomes,
      hits.map((_, i) => (i < 3 ? 'recorded' : 'refused')),
    );
    assert.equal(clicks.clicksOf(), 3);
    assert.deepEqual(rows('SELECT visitor + (1 << 47) AS visitor FROM clicks'), [
      { visitor: 0 },
      { visitor: 1 },
      { visitor: 2 },
    ]);
  });

  it('is met exactly over several batches, and by the next process', async () => {
    const hit = { at: noon, limit: 3 };
    assert.deepEqual(await clicks.record([hit, hit]), ['recorded', 'recorded']);
    await clicks.close();
    clicks = await ClickRecording.open(folder, 'batched');
    assert.deepEqual(await clicks.record([hit, hit]), ['recorded', 'refused']);
    assert.deepEqual(await clicks.record([hit]), ['refused']);
    assert.equal(clicks.clicksOf(), 3);
  });

  it('is used up by counted hits alone', async () => {
    const passing = { at: noon, verdict: bot };
    const outcomes = await clicks.record([passing, { at: noon, limit: 1 }, passing, { at: noon, limit: 1 }]);
    assert.deepEqual(outcomes, ['recorded', 'recorded', 'recorded', 'refused']);
    assert.equal(clicks.clicksOf(), 1);
  });

  it('holds where only numbers are kept', async () => {
    const hit = { at: noon, limit: 1, totalOnly: true };
    assert.deepEqual(await clicks.record([hit, hit]), ['recorded', 'refused']);
  });

  it("leaves no trace of a refused hit, not even of another link's", async () => {
    await clicks.record([{ linkId: 1, at: noon, limit: 1 }]);
    const before = contents();
    const again = { linkId: 1, at: noon, limit: 1, agent: 'Another/2', country: 'CH' };
    assert.deepEqual(await clicks.record([again]), ['refused']);
    assert.deepEqual(contents(), before);
  });
});

describe('many hits on many links', () => {
  const many = Array.from({ length: 900 }, (_, i) => ({ linkId: 1 + (i % 300), at: noon, visitor: i }));
  const inRows = (): unknown => one('SELECT sum(clicks) FROM link_totals');

  it('are in the rows of their links when it is quiet', async () => {
    for (let batch = 0; batch < 3; batch++) await clicks.record(many);
    assert.equal(clicks.clicksOf(), 9);
    await clicks.settled();
    assert.equal(inRows(), 3 * many.length);
  });

  it('are there when the server has stopped', async () => {
    for (let batch = 0; batch < 3; batch++) await clicks.record(many);
    await clicks.close();
    const reader = openReader(folder);
    assert.equal(reader.prepare('SELECT sum(clicks) FROM link_totals').pluck().get(), 3 * many.length);
    reader.close();
    clicks = await ClickRecording.open(folder);
  });
});

describe('a recorder whose process is about to end', () => {
  it('has nobody sent on before their hit is stored, whatever the durability', async () => {
    await clicks.close();
    clicks = await ClickRecording.open(folder, 'batched');
    const { recorder } = clicks;
    const hits = new TestHits();
    let settled = 0;
    const record = (): void => recorder.record(hits.hit({ at: noon }), { settled: () => settled++ });
    record();
    assert.equal(settled, 1);
    recorder.answerOnlyStored();
    record();
    assert.equal(settled, 1);
    await recorder.flush();
    assert.equal(settled, 2);
    assert.equal(clicks.clicksOf(), 2);
  });
});

describe('the chain of a link', () => {
  it('reaches its hits, newest first, and no others', async () => {
    const random = seededRandom(7);
    const expected = new Map<number, number[]>();
    let visitor = 0;
    for (let batch = 0; batch < 5; batch++) {
      const hits = Array.from({ length: 200 }, () => ({ linkId: 1 + random(9), at: noon, visitor: ++visitor }));
      await clicks.record(hits);
      for (const hit of hits) expected.set(hit.linkId, [hit.visitor, ...(expected.get(hit.linkId) ?? [])]);
    }
    const chain = clicks.connection
      .prepare<[number], number>(
        `WITH RECURSIVE chain (id) AS (
           SELECT last_click_id FROM (${currentTotals}) WHERE link_id = ?
           UNION ALL SELECT c.previous_id FROM chain JOIN clicks c ON c.id = chain.id WHERE c.previous_id <> 0
         ) SELECT c.visitor + (1 << 47) FROM chain JOIN clicks c ON c.id = chain.id`,
      )
      .pluck();
    for (const [linkId, visitors] of expected) assert.deepEqual(chain.all(linkId), visitors);
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});
