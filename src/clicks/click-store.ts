// Writes batches of hits on the writer thread: raw rows, totals and, where they are due, roll-ups in the batch's one transaction,
// so that they can never drift apart. Prepared statements only; a hit touches the end of one table and its link's row in another.

import { BoundedCache } from '../core/bounded-cache.ts';
import { quarterMs, quarterOf, utcDay } from '../core/periods.ts';
import type { Connection } from '../storage/query.ts';
import type { ClickWriter } from '../storage/writer-thread.ts';
import { type AgentEntry, type ClickBatch, ClickRecords, type ClickReply, maxBatchClicks } from './click-batch.ts';
import { clickStateVersion, Folding, maxTail, maxUserTail } from './folding-store.ts';
import { sketchBias, visitorBias } from './hit-store.ts';
import type { TermKind } from './hit-columns.ts';
import type { Place } from './place.ts';
import { dropHitsOf } from './link-clicks-store.ts';
import { RecentHits } from './recent-hits.ts';
import type { Referrer } from './referrer.ts';
import { ScanStore } from './scan-store.ts';
import { shortAddress } from './stored-address.ts';
import { TermStore } from './term-store.ts';
import { countedVerdict } from './verdict.ts';
import type { VisitContext } from './visit-context.ts';
import { noVisitor } from './visitor-sketch.ts';

// More than twice a batch: a link that the running batch has touched is never forgotten before its totals are written.
const cachedLinks = 4 * maxBatchClicks;

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

/** A link's totals as they will stand after the running transaction. */
interface LinkState {
  readonly linkId: number;
  /** undefined: nobody's; null: not looked for yet. */
  userId: number | undefined | null;
  clicks: number;
  consumed: number;
  lastClickedAt: number | null;
  lastClickId: number;
  tail: number;
  /** Whether there are totals to change. */
  hasRow: boolean;
  readonly isDeleted: boolean;
  isTouched: boolean;
}

interface TotalsRow {
  /** null, as the others then: there are none yet. */
  clicks: number | null;
  consumed: number | null;
  last_clicked_at: number | null;
  last_click_id: number | null;
  tail: number | null;
  is_deleted: number;
}

function prepareStatements(connection: Connection) {
  return {
    findTotals: connection.prepare<[number], TotalsRow>(
      `SELECT t.clicks, t.consumed, t.last_clicked_at, t.last_click_id, t.tail, d.link_id IS NOT NULL AS is_deleted
       FROM (SELECT ? AS id) LEFT JOIN link_totals t ON t.link_id = id LEFT JOIN deleted_links d ON d.link_id = id`,
    ),
    // Two statements, since one that inserts and meets a conflict goes through the tree twice.
    changeTotals: connection.prepare(
      `UPDATE link_totals SET clicks = ?, consumed = ?, last_clicked_at = ?, last_click_id = ?, tail = ? WHERE link_id = ?`,
    ),
    addTotals: connection.prepare(
      `INSERT INTO link_totals (clicks, consumed, last_clicked_at, last_click_id, tail, link_id) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    putClick: connection.prepare(
      `INSERT INTO clicks (id, link_id, clicked_at, verdict, place_id, user_agent_id, referrer_id, context_id, visitor, sketch,
         address, previous_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
  };
}

export class ClickStore implements ClickWriter {
  readonly #connection: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #records: readonly [ClickRecords, ClickRecords];
  readonly #terms: TermStore;
  readonly #recent = new RecentHits();
  readonly #folding: Folding;
  readonly #scans: ScanStore;
  readonly #links = new BoundedCache<number, LinkState>(cachedLinks);
  #version: number;
  #nextClickId = 0;
  #userRollUpEnd = 0;
  #touched: LinkState[] = [];
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
    this.#statements = prepareStatements(connection);
    this.#records = [new ClickRecords(memory[0]), new ClickRecords(memory[1])];
    this.#terms = new TermStore(connection);
    this.#folding = new Folding(connection, this.#recent);
    this.#scans = new ScanStore(connection);
    this.#version = clickStateVersion(connection);
    this.#readPositions();
  }

  needsPower(clicks: unknown): boolean {
    return (clicks as ClickBatch).limited;
  }

  receive(clicks: unknown): void {
    const { terms, restart } = clicks as ClickBatch;
    this.#terms.receive(terms, restart);
  }

  write(clicks: unknown): ClickReply {
    const version = clickStateVersion(this.#connection);
    if (version !== this.#version) {
      this.#version = version;
      this.#forget();
    }
    const batch = clicks as ClickBatch;
    const records = this.#records[batch.buffer];
    const refused: number[] = [];
    this.#isObserved = this.#observer?.begin() ?? false;
    for (let position = 0; position < batch.count; position++) {
      if (!this.#writeHit(records, position)) refused.push(position);
    }
    for (const link of this.#touched) this.#writeTotals(link);
    this.#touched = [];
    this.#scans.write();
    this.#foldUsersIfDue();
    // Counted like those before them, and gone like those.
    for (const linkId of this.#deleted) dropHitsOf(this.#connection, linkId);
    this.#deleted = [];
    return { refused };
  }

  undone(): void {
    this.#terms.forgetIds();
    this.#forget();
  }

  #forget(): void {
    this.#links.clear();
    this.#recent.clear();
    this.#touched = [];
    this.#deleted = [];
    this.#scans.forget();
    this.#readPositions();
  }

  #readPositions(): void {
    this.#userRollUpEnd = this.#folding.userRollUpEnd();
    this.#nextClickId = this.#folding.lastClickId() + 1;
  }

  /** False when the link's limit is used up. */
  #writeHit(records: ClickRecords, position: number): boolean {
    const link = this.#link(records.linkId(position));
    const limit = records.limit(position);
    if (limit > 0 && link.consumed >= limit) return false;
    if (!link.isTouched) {
      link.isTouched = true;
      this.#touched.push(link);
      if (link.isDeleted) this.#deleted.push(link.linkId);
    }
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
    return true;
  }

  #tell({ linkId, lastClickId: clickId }: LinkState, clickedAt: number, records: ClickRecords, position: number): void {
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

  #putVisit(link: LinkState, clickedAt: number, verdict: number, records: ClickRecords, position: number): void {
    const id = this.#nextClickId++;
    const { linkId, lastClickId: previousId } = link;
    const day = utcDay(clickedAt);
    const place = this.#terms.id('place', records.term(position, 'place'), day);
    const agent = this.#terms.id('agent', records.term(position, 'agent'), day);
    const referrer = this.#terms.id('referrer', records.term(position, 'referrer'), day);
    const context = this.#terms.id('context', records.term(position, 'context'), day);
    const sketch = records.sketch(position);
    this.#statements.putClick.run(
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
  #putNumberOnly(link: LinkState, clickedAt: number, verdict: number): void {
    const id = this.#nextClickId++;
    const { linkId, lastClickId: previousId } = link;
    const quarter = quarterOf(clickedAt);
    const visitor = -visitorBias;
    const sketch = noVisitor - sketchBias;
    this.#statements.putClick.run(
      id,
      linkId,
      quarter * quarterMs,
      verdict,
      0,
      0,
      0,
      0,
      visitor,
      sketch,
      null,
      previousId,
    );
    const nothing = { place: 0, agent: 0, referrer: 0, context: 0 };
    this.#recent.put(id, { quarter, verdict, sketch: noVisitor, ...nothing, linkId, previousId });
    link.lastClickId = id;
    link.tail++;
  }

  #writeTotals(link: LinkState): void {
    if (link.tail >= maxTail) {
      this.#folding.foldTail(link.linkId, link.lastClickId, link.tail);
      link.tail = 0;
    }
    const { changeTotals, addTotals } = this.#statements;
    const { linkId, clicks, consumed, lastClickedAt, lastClickId, tail } = link;
    const put = link.hasRow ? changeTotals : addTotals;
    const { changes } = put.run(clicks, consumed, lastClickedAt, lastClickId, tail, linkId);
    if (changes !== 1) throw new Error(`the totals of link ${linkId} are gone`);
    link.hasRow = true;
    link.isTouched = false;
  }

  #foldUsersIfDue(): void {
    const last = this.#nextClickId - 1;
    if (last - this.#userRollUpEnd < maxUserTail) return;
    this.#folding.foldUsers(last, (linkId) => this.#userOf(this.#link(linkId)));
    this.#userRollUpEnd = last;
  }

  #userOf(link: LinkState): number | undefined {
    if (link.userId === null) link.userId = this.#folding.userOf(link.linkId);
    return link.userId;
  }

  #link(linkId: number): LinkState {
    let link = this.#links.get(linkId);
    if (link === undefined) {
      const row = this.#statements.findTotals.get(linkId)!;
      link = {
        linkId,
        userId: null,
        clicks: row.clicks ?? 0,
        consumed: row.consumed ?? 0,
        lastClickedAt: row.last_clicked_at,
        lastClickId: row.last_click_id ?? 0,
        tail: row.tail ?? 0,
        hasRow: row.clicks !== null,
        isDeleted: row.is_deleted === 1,
        isTouched: false,
      };
      this.#links.set(linkId, link);
    }
    return link;
  }
}
