import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RecentHitReader, type RecentQuestion } from '../../src/clicks/recent-hits-store.ts';
import { TermReader } from '../../src/clicks/term-reader-store.ts';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { dayMs, hourMs, quarterOf } from '../../src/core/periods.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import type { TestHit } from '../support/test-hits.ts';

const start = Date.parse('2026-07-01T00:00:00Z');
const now = start + 10 * dayMs;
const hitCount = 9_000;
const ownLinks = [1, 2, 3, 4];
const othersLink = 9;

const random = seededRandom(20_260_701);
const anyOf = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;

let writing: ClickWriting;
let reader: RecentHitReader;
const hits: TestHit[] = [];
before(() => {
  writing = new ClickWriting(temporaryFolder());
  giveUserLinks(writing.connection, 1, ownLinks);
  giveUserLinks(writing.connection, 2, [othersLink]);
  for (let n = 0; n < hitCount; n++) {
    hits.push({
      linkId: anyOf([1, 1, 1, 2, 2, 3, othersLink]),
      at: start + Math.floor((n / hitCount) * 10 * dayMs),
      verdict: verdictCode(anyOf(['counted', 'counted', 'bot', 'head'])),
      country: anyOf(['CH', 'DE', 'FR']),
      device: anyOf(['desktop', 'mobile'] as const),
      referrer: anyOf(['news.example', 'social.example']),
      language: anyOf(['de', 'fr']),
    });
  }
  // In pieces, as they come: the user's roll-ups hold all but the last of them.
  for (let n = 0; n < hitCount; n += 500) writing.write(hits.slice(n, n + 500));
  reader = new RecentHitReader(writing.connection, new TermReader(writing.connection));
});
after(() => {
  writing.close();
  return closeServers();
});

const everything: RecentQuestion = {
  userId: 1,
  limit: 20,
  bots: 'exclude',
  period: { period: 'all', from: undefined, to: undefined, timeZone: 'UTC', interval: undefined, now },
  filters: {},
  askedLinks: { links: [], domains: [], tags: [] },
};

/** The times of what is found, by the hits themselves. */
function expected({ limit, bots, period, filters, askedLinks }: RecentQuestion): number[] {
  const { from = -Infinity, to = Infinity } = period;
  return hits
    .filter(({ linkId, at, verdict, country, device, referrer }) => {
      if (linkId === othersLink) return false;
      if (askedLinks.links.length > 0 && !askedLinks.links.includes(`lnk_${linkId}`)) return false;
      if (bots === 'exclude' ? verdict !== 0 : bots === 'only' && verdict === 0) return false;
      if (quarterOf(at) < from || quarterOf(at) >= to) return false;
      const of = { country, device, referrer };
      return Object.entries(filters).every(([name, values]) => values.includes(of[name as keyof typeof of]!));
    })
    .map(({ at }) => at)
    .toReversed()
    .slice(0, limit);
}

const times = (question: RecentQuestion): number[] => reader.newest(question).map(({ clickedAt }) => clickedAt);

describe('the newest hits', () => {
  it('are those that pass, newest first, whatever is asked', () => {
    for (let n = 0; n < 150; n++) {
      const from = random(2) === 0 ? undefined : quarterOf(start + random(10 * 24) * hourMs);
      const to = random(2) === 0 ? undefined : (from ?? quarterOf(start)) + 1 + random(500);
      const filters = {
        ...(random(2) === 0 && { country: [anyOf(['CH', 'DE', 'FR', 'US'])] }),
        ...(random(3) === 0 && { device: [anyOf(['desktop', 'mobile'])] }),
        ...(random(3) === 0 && { referrer: ['news.example', 'nobody.example'] }),
      };
      const question: RecentQuestion = {
        ...everything,
        limit: anyOf([1, 20, 100]),
        bots: anyOf(['exclude', 'include', 'only'] as const),
        period: { ...everything.period, from, to },
        filters,
        askedLinks: { ...everything.askedLinks, links: random(2) === 0 ? [] : [anyOf(['lnk_1', 'lnk_3', 'lnk_4'])] },
      };
      assert.deepEqual(times(question), expected(question), JSON.stringify(question));
    }
  });

  it('are of the running day and those before where a period is named', () => {
    const period = { ...everything.period, period: '7d', now: start + 3 * dayMs } as const;
    const question: RecentQuestion = { ...everything, limit: 100, period };
    // Hits of later days are none of this period's.
    const asked = { ...question, period: { ...period, from: quarterOf(start), to: quarterOf(start + 4 * dayMs) } };
    assert.deepEqual(times(question), expected(asked));
  });

  it("are of the caller's own links alone", () => {
    const question = { ...everything, askedLinks: { ...everything.askedLinks, links: [`lnk_${othersLink}`] } };
    assert.throws(() => reader.newest(question), /is none of your links/);
    assert.ok(
      reader
        .newest({ ...everything, limit: 100, filters: { country: ['CH'] } })
        .every(({ linkId }) => linkId !== 'lnk_9'),
    );
  });
});
