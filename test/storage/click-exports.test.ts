// Exports, page by page: everything once, in order, from wherever one goes on; roll-ups also of hits that are deleted.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ClickExport, type ExportSubject } from '../../src/clicks/click-export.ts';
import { parseClickId } from '../../src/clicks/click-id.ts';
import type { ExportScope } from '../../src/clicks/export-format.ts';
import type { RawHit } from '../../src/clicks/raw-hit.ts';
import { dropOldHits } from '../../src/clicks/retention-store.ts';
import type { RollUpRow } from '../../src/clicks/roll-up-row-store.ts';
import { dayMs } from '../../src/core/periods.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { seededRandom } from '../support/seeded-random.ts';

const start = Date.parse('2026-07-01T00:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'signpost-exports-'));
const writing = new ClickWriting(folder);
giveUserLinks(writing.connection, 1, [1, 2, 3]);
giveUserLinks(writing.connection, 2, [4]);
after(() => {
  writing.close();
  rmSync(folder, { recursive: true });
});

const random = seededRandom(8);
const total = 9_000;
for (let i = 0; i < total; i += 500) {
  writing.write(
    Array.from({ length: 500 }, (_, n) => ({
      at: start + (i + n) * 60_000,
      linkId: [1, 1, 1, 2, 3, 4][random(6)]!,
      visitor: 1 + random(50),
      country: ['DE', 'SE', ''][random(3)]!,
      browser: ['Firefox', 'Chrome'][random(2)]!,
      referrer: ['', 'news.example'][random(2)]!,
      language: ['de', 'sv'][random(2)]!,
      verdict: [0, 0, 0, 2][random(4)]!,
    })),
  );
}
const now = start + 10 * dayMs;
const all: ExportScope = { userId: 1, linkId: undefined };
const one: ExportScope = { userId: 1, linkId: 1 };
const exporter = new ClickExport(writing.connection);

function rows<Row>(subject: ExportSubject, scope: ExportScope, position?: number): Row[] {
  const found: Row[] = [];
  for (let next: number | null | undefined = position; next !== null;) {
    const page = exporter.page(subject, { scope, format: 'ndjson', position: next });
    for (const line of page.text.split('\n')) if (line !== '') found.push(JSON.parse(line) as Row);
    next = page.position;
  }
  return found;
}

const idOf = ({ id }: RawHit): number => parseClickId(id)!;

describe('an export of hits', () => {
  for (const [of, scope, links] of [
    ['a link', one, [1]],
    ['all links of a user', all, [1, 2, 3]],
  ] as const) {
    it(`has every hit of ${of} once, the newest first, and as many as it says`, () => {
      const ids = writing.connection
        .prepare<[], number>(`SELECT id FROM clicks WHERE link_id IN (${links.join()}) ORDER BY id DESC`)
        .pluck()
        .all();
      const found = rows<RawHit>('clicks', scope);
      assert.deepEqual(found.map(idOf), ids);
      assert.equal(exporter.count(scope), ids.length);
      // From the last one that somebody has, the rest.
      for (const at of [0, 700, ids.length - 1])
        assert.deepEqual(rows<RawHit>('clicks', scope, ids[at]).map(idOf), ids.slice(at + 1));
    });
  }

  it('has short pages, and no more of them for what others have in between', () => {
    const others: ExportScope = { userId: 2, linkId: undefined };
    let pages = 0;
    let found = 0;
    for (let next: number | null | undefined; next !== null; pages++) {
      const page = exporter.page('clicks', { scope: others, format: 'csv', position: next });
      const hits = page.text.split('\r\n').length - 1;
      assert.ok(hits <= 200, `${hits} hits`);
      found += hits;
      next = page.position;
    }
    assert.equal(found, exporter.count(others));
    // Of 9,000 ids, one in six is theirs.
    assert.ok(pages <= Math.ceil(found / 200) + 1, `${pages} pages of ${found} hits`);
  });

  it('says of each hit what is known of it', () => {
    const [hit] = rows<RawHit>('clicks', one);
    assert.ok(hit !== undefined);
    const { id, clickedAt, browser, country, referrer, referrerUrl, language, counted, verdict, visitor, ...rest } =
      hit;
    assert.match(id, /^clk_[0-9a-v]{11}$/);
    assert.ok(Date.parse(clickedAt) >= start);
    assert.ok(['Firefox', 'Chrome'].includes(browser!) && ['de', 'sv'].includes(language!));
    assert.ok(['DE', 'SE', null].includes(country));
    assert.deepEqual([referrerUrl], [referrer === null ? null : 'https://news.example/']);
    assert.equal(counted, verdict === 'counted');
    assert.match(visitor!, /^[\da-f]{12}$/);
    assert.deepEqual([rest.linkId, rest.domain, rest.slug, rest.device], ['lnk_1', 'go.example', 'slug-1', 'desktop']);
    assert.deepEqual([rest.city, rest.utmSource, rest.qr, rest.address], [null, null, null, null]);
  });
});

describe('an export of roll-ups', () => {
  const sumBy = (found: readonly RollUpRow[], of: (row: RollUpRow) => string): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const row of found) if (row.counted) sums[of(row)] = (sums[of(row)] ?? 0) + row.hits;
    return sums;
  };

  it('adds up to what statistics say, before and after retention', () => {
    const ask = () => [writing.stats({ linkId: 1, now }), writing.stats({ userId: 1, now })] as const;
    const [link, user] = ask();
    for (const round of ['before', 'after']) {
      for (const [scope, stats] of [
        [one, link],
        [all, user],
      ] as const) {
        const found = rows<RollUpRow>('stats', scope);
        const times = found.map(({ from }) => from);
        assert.deepEqual(times, times.toSorted(), round);
        assert.deepEqual(
          sumBy(found, ({ country }) => country ?? 'unknown'),
          Object.fromEntries(stats.byCountry.map(({ country, count }) => [country, count])),
          round,
        );
        assert.deepEqual(
          sumBy(found, ({ from }) => from.slice(0, 10)),
          Object.fromEntries(stats.overTime.filter(({ count }) => count > 0).map(({ date, count }) => [date, count])),
          round,
        );
        if (scope === all)
          assert.deepEqual(Object.keys(sumBy(found, ({ slug }) => slug!)).toSorted(), ['slug-1', 'slug-2', 'slug-3']);
      }
      if (round === 'after') continue;
      const retention = { days: 5, byDomain: [] };
      const step = writing.connection.transaction(() => dropOldHits.apply(writing.connection, { retention, now }));
      while (step.immediate().hasMore);
      assert.deepEqual(ask(), [link, user]);
    }
    assert.equal(exporter.count(all), rows('clicks', all).length);
    assert.equal(exporter.count(one), rows('clicks', one).length);
  });
});
