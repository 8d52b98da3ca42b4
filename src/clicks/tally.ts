// Adds up hits by id of each column and by step of time: from sums where a roll-up lies wholly within a question, from its rows
// where not. Every list gets every hit, so they cannot disagree.

import type { QuarterRange, Step } from '../core/time-zone.ts';
import type { HitColumns } from './hit-columns.ts';
import type { PartRows } from './roll-up-part.ts';
import { type StoredSummary, type Sums, SumsBuffer } from './roll-up-summary.ts';
import type { IdFilter } from './stats-filter.ts';
import type { StepPiece } from './step-visitors.ts';
import { countedVerdict } from './verdict.ts';
import { VisitorUnion } from './visitor-sketch.ts';

export const botFilters = ['exclude', 'include', 'only'] as const;
export type BotFilter = (typeof botFilters)[number];

/** Hits by id; ids of several questions share one array, of which only what was used is cleared. */
class IdCounts {
  #counts = new Uint32Array(1_024);
  #ids = new Uint32Array(256);
  #length = 0;

  add(id: number, hits: number): void {
    if (id >= this.#counts.length) this.#grow(id);
    if (this.#counts[id] === 0) {
      if (this.#length === this.#ids.length) this.#growIds();
      this.#ids[this.#length++] = id;
    }
    this.#counts[id] = this.#counts[id]! + hits;
  }

  /** The first `length` of both; ids in ascending order. */
  addAll(ids: Uint32Array, hits: Uint32Array, length: number): void {
    if (length === 0) return;
    if (ids[length - 1]! >= this.#counts.length) this.#grow(ids[length - 1]!);
    while (this.#length + length > this.#ids.length) this.#growIds();
    const [counts, ownIds] = [this.#counts, this.#ids];
    let end = this.#length;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      const before = counts[id]!;
      if (hits[i] === 0) continue;
      if (before === 0) ownIds[end++] = id;
      counts[id] = before + hits[i]!;
    }
    this.#length = end;
  }

  get ids(): Uint32Array {
    return this.#ids.subarray(0, this.#length);
  }

  of(id: number): number {
    return this.#counts[id] ?? 0;
  }

  /** The hits of each of `ids`. */
  values(): Float64Array {
    const values = new Float64Array(this.#length);
    for (let i = 0; i < values.length; i++) values[i] = this.#counts[this.#ids[i]!]!;
    return values;
  }

  clear(): void {
    for (const id of this.ids) this.#counts[id] = 0;
    this.#length = 0;
  }

  #grow(id: number): void {
    const counts = new Uint32Array(Math.max(id + 1, this.#counts.length * 2));
    counts.set(this.#counts);
    this.#counts = counts;
  }

  #growIds(): void {
    const ids = new Uint32Array(this.#ids.length * 2);
    ids.set(this.#ids);
    this.#ids = ids;
  }
}

export type { IdCounts };

export interface TallyQuestion extends QuarterRange {
  readonly bots: BotFilter;
  readonly filters: readonly (IdFilter | undefined)[];
  /** In order; the first begins with the range. */
  readonly steps: readonly Pick<Step, 'start'>[];
  /** Which columns to add up. */
  readonly columns: readonly number[];
  /** Whether to tell different visitors of each step; only of few steps, a few kilobytes each. */
  readonly stepVisitors: boolean;
}

export class Tally {
  total = 0;
  readonly visitors = new VisitorUnion();
  readonly columns: readonly IdCounts[];
  steps = new Float64Array(0);
  /** By step; undefined where nothing counted. Empty unless asked for. */
  stepVisitors: (VisitorUnion | undefined)[] = [];
  readonly #sums = new SumsBuffer();
  #question: TallyQuestion | undefined;
  #starts = new Float64Array(0);
  #step = 0;

  constructor(width: number) {
    this.columns = Array.from({ length: width }, () => new IdCounts());
  }

  begin(question: TallyQuestion): void {
    this.#question = question;
    this.total = 0;
    this.visitors.clear();
    for (const counts of this.columns) counts.clear();
    this.#starts = Float64Array.from(question.steps, ({ start }) => start);
    this.steps = new Float64Array(question.steps.length);
    this.stepVisitors = [];
    this.#step = 0;
  }

  get tellsStepVisitors(): boolean {
    return this.#asked.stepVisitors;
  }

  /** Where steps begin after the first of these quarter-hours, up to the last one. */
  startsWithin(firstQuarter: number, lastQuarter: number): number[] {
    const starts: number[] = [];
    for (let step = this.#stepOf(firstQuarter) + 1; this.#starts[step]! <= lastQuarter; step++)
      starts.push(this.#starts[step]!);
    return starts;
  }

  /** Adds counted visitors of a roll-up that lies wholly within an unfiltered question to those of its steps. */
  addStepVisitors(pieces: readonly StepPiece[]): void {
    for (const { quarter, visitors } of pieces) {
      const union = this.#visitorsOf(this.#stepOf(quarter));
      if (visitors instanceof Uint16Array) union.addEntries(visitors);
      else union.add(visitors);
    }
  }

  /** Whether a roll-up can have anything that passes the filters. */
  mayPass(summary: StoredSummary): boolean {
    return this.#asked.filters.every(
      (filter, column) => filter === undefined || summary.column(column).keys.some(filter),
    );
  }

  get isFiltered(): boolean {
    return this.#asked.filters.some((filter) => filter !== undefined);
  }

  /** A roll-up that lies wholly within an unfiltered question; the caller adds its visitors. */
  addSummary(summary: StoredSummary): void {
    const { bots, columns } = this.#asked;
    const sums = this.#sums;
    summary.readInto(sums);
    const times = hitsOf(sums, bots);
    for (let i = 0; i < sums.length; i++) this.#addTime(sums.keys[i]!, times[i]!);
    for (const column of columns) {
      summary.readInto(sums, column);
      this.columns[column]!.addAll(sums.keys, hitsOf(sums, bots), sums.length);
    }
  }

  /** What of a part's rows is asked for. */
  addPart(part: PartRows): void {
    const { bots, filters, columns } = this.#asked;
    const passing = filters.map((filter, column) => filter && passingPlaces(filter, part.summary.column(column)));
    const rows = this.#selected(part, passing, 0, part.countedHits);
    const sketches = rows.length === 0 ? undefined : part.sketches();
    if (sketches !== undefined) for (const row of rows) this.#addVisitor(part.quarters[row]!, sketches[row]!);
    const asked = bots === 'only' ? [] : [rows];
    if (bots !== 'exclude') asked.push(this.#selected(part, passing, part.countedHits, part.length));
    for (const selected of asked) {
      if (selected.length === 0) continue;
      const { quarters } = part;
      for (const row of selected) this.#addTime(quarters[row]!, 1);
      for (const column of columns) {
        const { keys } = part.summary.column(column);
        const places = part.places(column);
        const hits = new Uint32Array(keys.length);
        for (const row of selected) hits[places[row]!] = hits[places[row]!]! + 1;
        const counts = this.columns[column]!;
        for (let place = 0; place < keys.length; place++) if (hits[place]! > 0) counts.add(keys[place]!, hits[place]!);
      }
    }
  }

  /** What of hits that are in no roll-up yet is asked for. */
  addHits({ length, quarters, verdicts, sketches, ids }: HitColumns): void {
    const { bots, filters, columns, from, to } = this.#asked;
    for (let i = 0; i < length; i++) {
      const quarter = quarters[i]!;
      if (quarter < from || quarter >= to) continue;
      if (!filters.every((filter, column) => filter === undefined || filter(ids[column]![i]!))) continue;
      const counts = verdicts[i] === countedVerdict;
      if (counts) this.#addVisitor(quarter, sketches[i]!);
      if (bots !== 'include' && counts === (bots === 'only')) continue;
      this.#addTime(quarter, 1);
      for (const column of columns) this.columns[column]!.add(ids[column]![i]!, 1);
    }
  }

  get #asked(): TallyQuestion {
    if (this.#question === undefined) throw new Error('a tally was not begun');
    return this.#question;
  }

  /** Rows from `first` up to, not including, `end` that are in the range and pass. */
  #selected(part: PartRows, passing: readonly (Uint8Array | undefined)[], first: number, end: number): Uint32Array {
    const { from, to } = this.#asked;
    const { quarters } = part;
    const rows = new Uint32Array(end - first);
    let length = 0;
    for (let row = first; row < end; row++) if (quarters[row]! >= from && quarters[row]! < to) rows[length++] = row;
    passing.forEach((passes, column) => {
      if (passes === undefined || length === 0) return;
      const places = part.places(column);
      let kept = 0;
      for (let i = 0; i < length; i++) if (passes[places[rows[i]!]!] === 1) rows[kept++] = rows[i]!;
      length = kept;
    });
    return rows.subarray(0, length);
  }

  #addVisitor(quarter: number, sketch: number): void {
    this.visitors.addEntry(sketch);
    if (this.#asked.stepVisitors) this.#addStepVisitor(quarter, sketch);
  }

  #addStepVisitor(quarter: number, sketch: number): void {
    this.#visitorsOf(this.#stepOf(quarter)).addEntry(sketch);
  }

  #visitorsOf(step: number): VisitorUnion {
    return (this.stepVisitors[step] ??= new VisitorUnion());
  }

  #addTime(quarter: number, hits: number): void {
    const step = this.#stepOf(quarter);
    this.steps[step] = this.steps[step]! + hits;
    this.total += hits;
  }

  #stepOf(quarter: number): number {
    const starts = this.#starts;
    let step = this.#step;
    // Mostly the step of the hit before, or the one after it.
    if (quarter < starts[step]! || quarter >= (starts[step + 1] ?? Infinity)) {
      if (quarter >= (starts[step + 1] ?? Infinity) && quarter < (starts[step + 2] ?? Infinity)) step++;
      else step = lastNotAfter(starts, quarter);
      this.#step = step;
    }
    return step;
  }
}

/** What of these sums is asked for; they may be changed for it. */
function hitsOf({ length, counted, uncounted }: SumsBuffer, bots: BotFilter): Uint32Array {
  if (bots === 'exclude') return counted;
  if (bots === 'only') return uncounted;
  for (let i = 0; i < length; i++) counted[i] = counted[i]! + uncounted[i]!;
  return counted;
}

function passingPlaces(filter: IdFilter, { keys }: Sums): Uint8Array {
  const passes = new Uint8Array(keys.length);
  for (let place = 0; place < keys.length; place++) passes[place] = filter(keys[place]!) ? 1 : 0;
  return passes;
}

function lastNotAfter(starts: Float64Array, quarter: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= quarter) low = middle;
    else high = middle;
  }
  return low;
}
