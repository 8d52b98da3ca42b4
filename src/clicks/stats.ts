// Statistics of a link, or over all links of a user: totals, breakdowns and the course over time, all added up from the same hits of
// one snapshot, so that they agree to the click. Runs on the statistics thread: one question at a time.

import { quarterMs } from '../core/periods.ts';
import type { QuarterRange } from '../core/time-zone.ts';
import type { Connection } from '../storage/query.ts';
import { breakdown, type BreakdownRow, columnOf } from './breakdown.ts';
import { type DimensionName, dimensions, type ListName } from './dimensions.ts';
import { linkColumns, userColumns } from './hit-columns.ts';
import { RollUpReader } from './roll-up-reader-store.ts';
import type { RollUpScope } from './roll-up-store.ts';
import { type AskedFilters, filtersByColumn } from './stats-filter.ts';
import { type AskedPeriod, resolvePeriod } from './stats-period.ts';
import { type BotFilter, Tally, type TallyQuestion } from './tally.ts';
import { TermReader } from './term-reader-store.ts';

export interface StatsQuestion extends AskedPeriod {
  readonly bots: BotFilter;
  readonly filters: AskedFilters;
  /** Which breakdowns to make. */
  readonly lists: readonly DimensionName[];
  /** Rows a breakdown at most; 0: all. */
  readonly limit: number;
  /** Whether to tell different visitors of each step, where these are at most `maxVisitorSteps`. */
  readonly visitorsOverTime: boolean;
  /** Whether to say what the period before had. */
  readonly comparesPrevious: boolean;
}

/** Whose hits: a link's, or those of all links of a user. */
export interface StatsOwner {
  readonly scope: RollUpScope;
  readonly id: number;
  /** Unix milliseconds of when it was made. */
  readonly since: number;
}

export interface TimeCount {
  /** A local date, the first of a week or month; of an hour, its first moment: `2026-11-22T13:00:00.000Z` or `…T14:00:00+01:00`. */
  readonly date: string;
  readonly count: number;
  /** As the period's; missing where it was not asked for. */
  readonly uniqueVisitors?: number;
}

export interface PeriodTotals {
  /** ISO 8601; `to` is the first moment after the period. */
  readonly from: string;
  readonly to: string;
  readonly totalClicks: number;
  /** Different visitors whose hits count, estimated where they are many. */
  readonly uniqueVisitors: number;
}

export interface StatsAnswer extends PeriodTotals {
  readonly timeZone: string;
  readonly interval: string;
  readonly overTime: readonly TimeCount[];
  /** By the dimension's `list`. */
  readonly breakdowns: Breakdowns;
  /** null: not asked for, or the period is everything. */
  readonly previous: PeriodTotals | null;
}

/** Those that were asked for. */
export type Breakdowns = Readonly<Partial<Record<ListName, readonly BreakdownRow[]>>>;

/** A course with more steps tells no visitors: each step takes some kilobytes while it is added up. */
export const maxVisitorSteps = 1_000;
/** So many links are read one by one sooner than all of a user's hits are filtered. */
const maxSeparateLinks = 200;

const iso = (quarter: number): string => new Date(quarter * quarterMs).toISOString();

export class Statistics {
  readonly #connection: Connection;
  readonly #terms: TermReader;
  readonly #readers: Readonly<Record<RollUpScope, RollUpReader>>;
  readonly #tallies: Readonly<Record<RollUpScope, Tally>>;

  constructor(connection: Connection, terms = new TermReader(connection)) {
    this.#connection = connection;
    this.#terms = terms;
    this.#readers = { link: new RollUpReader(connection, 'link'), user: new RollUpReader(connection, 'user') };
    this.#tallies = { link: new Tally(linkColumns), user: new Tally(userColumns) };
  }

  answer(owner: StatsOwner, question: StatsQuestion): StatsAnswer {
    return this.answerWith(owner, question, () => ({}));
  }

  /** @param more what else is to be known of the hits that were added up */
  answerWith<More extends object>(
    owner: StatsOwner,
    question: StatsQuestion,
    more: (tally: Tally) => More,
  ): StatsAnswer & More {
    // One snapshot: all its numbers belong to the same moment.
    return this.#connection.transaction(() => this.#answer(owner, question, more))();
  }

  #answer<More extends object>(
    owner: StatsOwner,
    question: StatsQuestion,
    more: (tally: Tally) => More,
  ): StatsAnswer & More {
    const tally = this.#tallies[owner.scope];
    const reader = this.#readers[owner.scope];
    const tail = reader.tail(owner.id);
    const period = resolvePeriod(question, { since: owner.since, hits: reader.span(owner.id, tail) });
    this.#terms.trim();
    const { linkIds } = question.filters;
    const isFew = linkIds !== undefined && linkIds.size <= maxSeparateLinks;
    const columns = [...new Set(question.lists.map(columnOf))];
    // Each link's own hits are then added up, of which no link need be told from another.
    if (owner.scope === 'user' && !isFew) columns.push(linkColumns);
    const filters = filtersByColumn(
      this.#terms,
      isFew ? { ...question.filters, linkIds: undefined } : question.filters,
    );
    const addUp = (
      range: QuarterRange,
      asked: Pick<TallyQuestion, 'steps' | 'columns' | 'stepVisitors'>,
    ): PeriodTotals => {
      tally.begin({ ...range, ...asked, bots: question.bots, filters });
      if (isFew) this.#addLinks(tally, linkIds, range);
      else reader.addTo(tally, owner.id, range, tail);
      return {
        from: iso(range.from),
        to: iso(range.to),
        totalClicks: tally.total,
        uniqueVisitors: tally.visitors.estimate(),
      };
    };
    const { previous: before } = period;
    const previous =
      question.comparesPrevious && before !== undefined
        ? addUp(before, { steps: [{ start: before.from }], columns: [], stepVisitors: false })
        : null;
    const stepVisitors = question.visitorsOverTime && period.steps.length <= maxVisitorSteps;
    const totals = addUp(period.range, { steps: period.steps, columns, stepVisitors });
    return {
      ...totals,
      timeZone: question.timeZone,
      interval: period.interval,
      overTime: period.steps.map(({ label }, step) => ({
        date: label,
        count: tally.steps[step]!,
        ...(stepVisitors && { uniqueVisitors: tally.stepVisitors[step]?.estimate() ?? 0 }),
      })),
      breakdowns: Object.fromEntries(
        question.lists.map((name) => [dimensions[name].list, breakdown(this.#terms, tally, name, question.limit)]),
      ),
      previous,
      ...more(tally),
    };
  }

  #addLinks(tally: Tally, linkIds: ReadonlySet<number>, range: QuarterRange): void {
    const reader = this.#readers.link;
    for (const linkId of linkIds) {
      const before = tally.total;
      reader.addTo(tally, linkId, range, reader.tail(linkId));
      if (tally.total > before) tally.columns[linkColumns]!.add(linkId, tally.total - before);
    }
  }
}
