// Statistics over all links of a user, with what they are by link, domain and tag. Runs on the reader thread.

import type { Connection } from '../storage/query.ts';
import { type AskedLinks, AskedLinkReader, type NamedLink } from './analytics-store.ts';
import { highest } from './breakdown.ts';
import { userColumns } from './hit-columns.ts';
import type { DimensionFilters } from './stats-filter.ts';
import type { StatsAnswer, Statistics, StatsQuestion } from './stats.ts';
import type { IdCounts } from './tally.ts';

export interface AnalyticsQuestion extends Omit<StatsQuestion, 'filters'> {
  readonly userId: number;
  /** Unix milliseconds of when the user was made. */
  readonly since: number;
  readonly filters: DimensionFilters;
  readonly askedLinks: AskedLinks;
  /** How many of the most clicked links to name; 0: none. */
  readonly topLinks: number;
  /** Whether to count by domain and by tag. */
  readonly byDomainAndTag: boolean;
}

export interface LinkCount {
  readonly link: NamedLink;
  readonly count: number;
}

export interface AnalyticsAnswer extends StatsAnswer {
  /** Most clicked first. */
  readonly topLinks: readonly LinkCount[];
  /** How many links have any of the hits. */
  readonly clickedLinks: number;
  /** By the domain's id, most first. */
  readonly byDomain: readonly { readonly domainId: number; readonly count: number }[];
  readonly byTag: readonly { readonly tag: string; readonly count: number }[];
}

function mostFirst<Key extends string | number>(counts: ReadonlyMap<Key, number>, limit: number): [Key, number][] {
  const sorted = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return limit === 0 ? sorted : sorted.slice(0, limit);
}

export class Analytics {
  readonly #statistics: Statistics;
  readonly #links: AskedLinkReader;

  constructor(connection: Connection, statistics: Statistics) {
    this.#statistics = statistics;
    this.#links = new AskedLinkReader(connection);
  }

  answer({ userId, since, filters, askedLinks, ...asked }: AnalyticsQuestion): AnalyticsAnswer {
    const linkIds = this.#links.idsOf(askedLinks, userId);
    const question = { ...asked, filters: { dimensions: filters, linkIds } };
    return this.#statistics.answerWith({ scope: 'user', id: userId, since }, question, (tally) => {
      const counts = tally.columns[userColumns - 1]!;
      return {
        topLinks: asked.topLinks === 0 ? [] : this.#topLinks(counts, asked.topLinks),
        clickedLinks: counts.ids.length,
        byDomain: asked.byDomainAndTag
          ? mostFirst(this.#links.countsByDomain(counts), asked.limit).map(([domainId, count]) => ({ domainId, count }))
          : [],
        byTag: asked.byDomainAndTag
          ? mostFirst(this.#links.countsByTag(counts), asked.limit).map(([tag, count]) => ({ tag, count }))
          : [],
      };
    });
  }

  #topLinks(counts: IdCounts, limit: number): LinkCount[] {
    const { ids } = counts;
    return highest(counts.values(), limit)
      .map((position) => ({ id: ids[position]!, count: counts.of(ids[position]!) }))
      .toSorted((a, b) => b.count - a.count || a.id - b.id)
      .slice(0, limit)
      .flatMap(({ id, count }) => {
        const link = this.#links.named(id);
        return link === undefined ? [] : [{ link, count }];
      });
  }
}
