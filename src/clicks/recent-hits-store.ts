// The newest hits on all links of a user, without looking through everybody's: those that no roll-up of the user holds yet, then
// along the chains of the links that the newest roll-ups name.

import type { QuarterRange } from '../core/time-zone.ts';
import { totalsOfMany } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import { type AskedLinks, AskedLinkReader } from './analytics-store.ts';
import { userColumns } from './hit-columns.ts';
import { RecentHitSearch } from './recent-search-store.ts';
import { StoredSummary } from './roll-up-summary.ts';
import { type DimensionFilters, filtersByColumn } from './stats-filter.ts';
import { type AskedPeriod, resolvePeriod } from './stats-period.ts';
import type { BotFilter } from './tally.ts';
import type { TermReader } from './term-reader-store.ts';
import { countedVerdict, type Verdict, verdictOf } from './verdict.ts';

export interface RecentQuestion {
  readonly userId: number;
  /** From 1 to `maxRecent`. */
  readonly limit: number;
  readonly bots: BotFilter;
  readonly period: AskedPeriod;
  readonly filters: DimensionFilters;
  readonly askedLinks: AskedLinks;
}

export const maxRecent = 100;
// Hits that are looked at before those that were found are enough: where nearly nothing counts.
const maxLookedAt = 20_000;

export interface RecentHit {
  readonly id: number;
  readonly clickedAt: number;
  readonly verdict: Verdict;
  readonly linkId: string;
  readonly slug: string;
  readonly domainId: number;
  readonly country: string | null;
  readonly region: string | null;
  readonly city: string | null;
  readonly device: string | null;
  readonly browser: string | null;
  readonly os: string | null;
  readonly referrer: string | null;
  readonly language: string | null;
  readonly target: string | null;
  readonly qr: string | null;
}

interface Head {
  readonly id: number;
  readonly previousId: number;
  readonly verdict: number;
}

function prepareStatements(connection: Connection) {
  return {
    end: connection.prepare<[], number>('SELECT click_id FROM user_roll_up_end').pluck(),
    newest: connection.prepare<[number, number], Pick<Head, 'id' | 'verdict'>>(
      `SELECT c.id, c.verdict FROM clicks c JOIN links l ON l.id = c.link_id
       WHERE c.id > ? AND l.user_id = ? ORDER BY c.id DESC`,
    ),
    rollUps: connection.prepare<[number], { hits: number; summary: Buffer }>(
      'SELECT hits, summary FROM user_roll_ups WHERE owner_id = ? AND rows IS NOT NULL ORDER BY id DESC',
    ),
    head: connection.prepare<[number], Head>('SELECT id, previous_id AS previousId, verdict FROM clicks WHERE id = ?'),
    hit: connection.prepare<[number], Omit<RecentHit, 'verdict'> & { verdict: number }>(
      `SELECT c.id, c.clicked_at AS clickedAt, c.verdict, l.public_id AS linkId, l.slug, l.domain_id AS domainId,
         nullif(p.country, '') AS country, nullif(p.region, '') AS region, nullif(p.city, '') AS city, u.device,
         nullif(u.browser, '') AS browser, nullif(u.os, '') AS os, r.host AS referrer, nullif(v.language, '') AS language,
         nullif(v.target, '') AS target, nullif(v.qr, '') AS qr
       FROM clicks c JOIN links l ON l.id = c.link_id LEFT JOIN places p ON p.id = c.place_id
         LEFT JOIN user_agents u ON u.id = c.user_agent_id LEFT JOIN referrers r ON r.id = c.referrer_id
         LEFT JOIN contexts v ON v.id = c.context_id
       WHERE c.id = ?`,
    ),
  };
}

/** undefined: all time. */
function rangeOf(asked: AskedPeriod): QuarterRange | undefined {
  const { from = -Infinity, to = Infinity, period, now } = asked;
  if (from !== -Infinity || to !== Infinity) return { from, to };
  if (period === 'all') return undefined;
  return resolvePeriod({ ...asked, interval: undefined }, { since: now, hits: undefined }).range;
}

export class RecentHitReader {
  readonly #connection: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #terms: TermReader;
  readonly #links: AskedLinkReader;
  readonly #search: RecentHitSearch;

  constructor(connection: Connection, terms: TermReader) {
    this.#connection = connection;
    this.#statements = prepareStatements(connection);
    this.#terms = terms;
    this.#links = new AskedLinkReader(connection);
    this.#search = new RecentHitSearch(connection);
  }

  /** Newest first. */
  newest(question: RecentQuestion): RecentHit[] {
    return this.#connection.transaction(() =>
      this.#ids(question).flatMap((id) => {
        const hit = this.#statements.hit.get(id);
        return hit === undefined ? [] : [{ ...hit, verdict: verdictOf(hit.verdict) }];
      }),
    )();
  }

  #ids(question: RecentQuestion): number[] {
    const { userId, limit, bots, period, filters, askedLinks } = question;
    const linkIds = this.#links.idsOf(askedLinks, userId);
    const range = rangeOf(period);
    this.#terms.trim();
    const columns = filtersByColumn(this.#terms, { dimensions: filters, linkIds });
    const isPlain = range === undefined && columns.every((column) => column === undefined);
    return isPlain
      ? this.#newestIds(question)
      : this.#search.ids({ userId, limit, bots, range, filters: columns, linkIds });
  }

  #newestIds({ userId, limit, bots }: RecentQuestion): number[] {
    const found: number[] = [];
    const isAsked = (verdict: number): boolean =>
      bots === 'include' || (verdict === countedVerdict) === (bots === 'exclude');
    const end = this.#statements.end.get() ?? 0;
    for (const { id, verdict } of this.#statements.newest.iterate(end, userId)) {
      if (found.length >= limit) break;
      if (isAsked(verdict)) found.push(id);
    }
    if (found.length < limit) this.#addRolledUp(found, userId, limit, end, isAsked);
    return found;
  }

  /** Adds hits with ids up to `end`. */
  #addRolledUp(
    found: number[],
    userId: number,
    limit: number,
    end: number,
    isAsked: (verdict: number) => boolean,
  ): void {
    const heads = this.#newestHeads(userId, limit * 4, end);
    for (let lookedAt = 0; lookedAt < maxLookedAt && found.length < limit && heads.length > 0; lookedAt++) {
      // Few links, or few of their hits: looking for the newest among them again costs less than keeping them in order.
      let newest = 0;
      for (let i = 1; i < heads.length; i++) if (heads[i]!.id > heads[newest]!.id) newest = i;
      const head = heads[newest]!;
      if (isAsked(head.verdict)) found.push(head.id);
      const next = this.#statements.head.get(head.previousId);
      if (next === undefined) heads.splice(newest, 1);
      else heads[newest] = next;
    }
  }

  /** The newest hit, up to `end`, of each link that has one of the user's newest `hits` hits in the roll-ups; the newest of these heads. */
  #newestHeads(userId: number, hits: number, end: number): Head[] {
    const linkIds = new Set<number>();
    let covered = 0;
    for (const rollUp of this.#statements.rollUps.iterate(userId)) {
      for (const linkId of new StoredSummary(rollUp.summary, userColumns).column(userColumns - 1).keys)
        linkIds.add(linkId);
      covered += rollUp.hits;
      if (covered >= hits) break;
    }
    const heads: Head[] = [];
    const totals = totalsOfMany(this.#connection, linkIds);
    for (const linkId of linkIds) {
      let head = this.#statements.head.get(totals(linkId)?.lastClickId ?? 0);
      while (head !== undefined && head.id > end) head = this.#statements.head.get(head.previousId);
      if (head !== undefined) heads.push(head);
    }
    // No more than `hits` links can have the newest `hits` hits.
    return heads.toSorted((a, b) => b.id - a.id).slice(0, hits);
  }
}
