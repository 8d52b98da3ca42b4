// Writes batches of hits on the writer thread: raw rows and, where they are due, totals and roll-ups in the batch's one transaction,
// so that they can never drift apart. Prepared statements only; a hit touches the end of one table.

import { quarterMs, quarterOf, utcDay } from '../core/periods.ts';
import { totalsVersion } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import type { ClickWriter } from '../storage/writer-thread.ts';
import { type AgentEntry, type ClickBatch, ClickRecords, type ClickReply } from './click-batch.ts';
import { Folding, maxUserTail } from './folding-store.ts';
import { sketchBias, visitorBias } from './hit-store.ts';
import type { TermKind } from './hit-columns.ts';
import type { Place } from './place.ts';
import { dropHitsOf } from './link-clicks-store.ts';
import { RecentHits } from './recent-hits.ts';
import type { Referrer } from './referrer.ts';
import { type RunningTotals, RunningTotalsStore } from './running-totals-store.ts';
import { ScanStore } from './scan-store.ts';
import { shortAddress } from './stored-address.ts';
import { TermStore } from './term-store.ts';
import { countedVerdict } from './verdict.ts';
import type { VisitContext } from './visit-context.ts';
import { noVisitor } from './visitor-sketch.ts';

/** A counted click with what is known of it; what the link's owner wants kept of nobody is undefined. */
export interface CountedClick {
  readonly linkId: number;
  readonly clickId: number;
  readonly clickedAt: number;
  readonly place: Place | undefined;
  readonly agent: AgentEntry | undefined;
  readonly referrer: Referrer | undefined;
  readonly context: VisitContext | undefined;
}

/** Told of counted clicks inside the transaction that counts them. */
export interface ClickObserver {
  /** A batch begins; false: none of its clicks matters. */
  begin(): boolean;
  counted(click: CountedClick): void;
}

export class ClickStore implements ClickWriter {
  readonly #connection: Connection;
  readonly #putClick;
  readonly #records: readonly [ClickRecords, ClickRecords];
  readonly #terms: TermStore;
  readonly #recent = new RecentHits();
  readonly #folding: Folding;
  readonly #scans: ScanStore;
  readonly #totals: RunningTotalsStore;
  /** Of what is remembered; undefined: it may not be what is stored. */
  #version: number | undefined;
  #nextClickId = 0;
  #userRollUpEnd = 0;
  /** Links of the running batch that were deleted while its hits waited. */
  #deleted: number[] = [];
  readonly #observer: ClickObserver | undefined;
  #isObserved = false;

  constructor(
    connection: Connection,
    memory: readonly [SharedArrayBuffer, SharedArrayBuffer],
    observer?: ClickObserver,
  ) {
    this.#observer = observer;
    this.#connection = connection;
    this.#putClick = connection.prepare(
      `INSERT INTO clicks (id, link_id, clicked_at, verdict, place_id, user_agent_id, referrer_id, context_id, visitor, sketch,
         address, previous_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#records = [new ClickRecords(memory[0]), new ClickRecords(memory[1])];
    this.#terms = new TermStore(connection);
    this.#folding = new Folding(connection, this.#recent);
    this.#totals = new RunningTotalsStore(connection, this.#folding);
    this.#scans = new ScanStore(connection);
  }

  needsPower(clicks: unknown): boolean {
    return (clicks as ClickBatch).limited;
  }

  receive(clicks: unknown): void {
    const { terms, restart } = clicks as ClickBatch;
    this.#terms.receive(terms, restart);
  }

  write(clicks: unknown): ClickReply {
    this.#renew();
    const batch = clicks as ClickBatch;
    const records = this.#records[batch.buffer];
    const refused: number[] = [];
    this.#isObserved = this.#observer?.begin() ?? false;
    for (let position = 0; position < batch.count; position++) {
      if (!this.#writeHit(records, position)) refused.push(position);
    }
    this.#totals.write(batch.count, this.#nextClickId - 1);
    this.#scans.write();
    this.#foldUsersIfDue();
    // Counted like those before them, and gone like those.
    for (const linkId of this.#deleted) dropHitsOf(this.#connection, linkId);
    this.#deleted = [];
    return { refused };
  }

  get isSettled(): boolean {
    return this.#isKnown && this.#totals.isSettled;
  }

  settle(): void {
    this.#renew();
    this.#totals.settle(this.#nextClickId - 1);
  }

  undone(): void {
    this.#terms.forgetIds();
    this.#version = undefined;
  }

  get #isKnown(): boolean {
    return this.#version === totalsVersion(this.#connection);
  }

  /** Reads anew what an operation has changed, or a transaction that was undone, or what a process that was killed has left. */
  #renew(): void {
    if (this.#isKnown) return;
    this.#totals.readAnew();
    this.#recent.clear();
    this.#deleted = [];
    this.#scans.forget();
    this.#userRollUpEnd = this.#folding.userRollUpEnd();
    this.#nextClickId = this.#folding.lastClickId() + 1;
    this.#version = totalsVersion(this.#connection);
  }

  /** False when the link's limit is used up. */
  #writeHit(records: ClickRecords, position: number): boolean {
    const link = this.#totals.of(records.linkId(position));
    const limit = records.limit(position);
    if (limit > 0 && link.consumed >= limit) return false;
    if (link.isDeleted && !link.isDue) this.#deleted.push(link.linkId);
    const clickedAt = records.clickedAt(position);
    const verdict = records.verdict(position);
    if (records.totalOnly(position)) this.#putNumberOnly(link, clickedAt, verdict);
    else this.#putVisit(link, clickedAt, verdict, records, position);
    if (verdict === countedVerdict) {
      link.clicks++;
      link.consumed++;
      if (link.lastClickedAt === null || clickedAt > link.lastClickedAt) link.lastClickedAt = clickedAt;
      const qr = this.#terms.entry('context', records.term(position, 'context'))?.qr;
      if (qr) this.#scans.count(qr, clickedAt);
      if (this.#isObserved) this.#tell(link, clickedAt, records, position);
    }
    // Of a hit of which only the number is kept, `clicks` has not the moment. A limit is compared with the row.
    this.#totals.changed(link, limit > 0 || records.totalOnly(position));
    return true;
  }

  #tell(
    { linkId, lastClickId: clickId }: RunningTotals,
    clickedAt: number,
    records: ClickRecords,
    position: number,
  ): void {
    const isKept = !records.totalOnly(position);
    const entry = <Kind extends TermKind>(kind: Kind) =>
      isKept ? this.#terms.entry(kind, records.term(position, kind)) : undefined;
    this.#observer?.counted({
      linkId,
      clickId,
      clickedAt,
      place: entry('place'),
      agent: entry('agent'),
      referrer: entry('referrer'),
      context: entry('context'),
    });
  }

  #putVisit(link: RunningTotals, clickedAt: number, verdict: number, records: ClickRecords, position: number): void {
    const id = this.#nextClickId++;
    const { linkId, lastClickId: previousId } = link;
    const day = utcDay(clickedAt);
    const place = this.#terms.id('place', records.term(position, 'place'), day);
    const agent = this.#terms.id('agent', records.term(position, 'agent'), day);
    const referrer = this.#terms.id('referrer', records.term(position, 'referrer'), day);
    const context = this.#terms.id('context', records.term(position, 'context'), day);
    const sketch = records.sketch(position);
    this.#putClick.run(
      id,
      linkId,
      clickedAt,
      verdict,
      place,
      agent,
      referrer,
      context,
      records.visitor(position) - visitorBias,
      sketch - sketchBias,
      shortAddress(records.address(position)),
      previousId,
    );
    const quarter = quarterOf(clickedAt);
    this.#recent.put(id, { quarter, verdict, sketch, place, agent, referrer, context, linkId, previousId });
    link.lastClickId = id;
    link.tail++;
  }

  /** That there was a hit and whether it counted, and in which quarter-hour. */
  #putNumberOnly(link: RunningTotals, clickedAt: number, verdict: number): void {
    const id = this.#nextClickId++;
    const { linkId, lastClickId: previousId } = link;
    const quarter = quarterOf(clickedAt);
    const visitor = -visitorBias;
    const sketch = noVisitor - sketchBias;
    this.#putClick.run(id, linkId, quarter * quarterMs, verdict, 0, 0, 0, 0, visitor, sketch, null, previousId);
    const nothing = { place: 0, agent: 0, referrer: 0, context: 0 };
    this.#recent.put(id, { quarter, verdict, sketch: noVisitor, ...nothing, linkId, previousId });
    link.lastClickId = id;
    link.tail++;
  }

  #foldUsersIfDue(): void {
    const last = this.#nextClickId - 1;
    if (last - this.#userRollUpEnd < maxUserTail) return;
    this.#folding.foldUsers(last, (linkId) => this.#userOf(this.#totals.of(linkId)));
    this.#userRollUpEnd = last;
  }

  #userOf(link: RunningTotals): number | undefined {
    if (link.userId === null) link.userId = this.#folding.userOf(link.linkId);
    return link.userId;
  }
}
