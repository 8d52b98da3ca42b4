// Whether the roll-ups and the numbers of scans still say what the raw hits say: compares both in full, on one snapshot of a database that may be in use.
// Reads every hit once, so it takes minutes where there are many, and keeps some hundred bytes a link.

import { currentTotals } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import { termKinds } from './hit-columns.ts';
import { HitReader } from './hit-store.ts';
import { HitSums, HitSumsByOwner } from './hit-sums.ts';
import type { StoredHit } from './recent-hits.ts';
import { ScanAudit } from './scan-audit-store.ts';
import { auditRollUpTree } from './roll-up-tree-audit-store.ts';

/** Something that the recorder's transactions keep equal is not. */
export interface Difference {
  readonly about: 'roll-up' | 'total' | 'chain' | 'dictionary' | 'scans';
  /** undefined: it concerns all links of a user, or a QR code. */
  readonly linkId: number | undefined;
  readonly message: string;
}

/** A difference with the names that people know. */
export interface NamedDifference extends Omit<Difference, 'linkId'> {
  /** Public id of the link; null: it concerns all links of a user, or a QR code. */
  readonly link: string | null;
}

const maxDifferences = 100;
const dictionaries = ['places', 'user_agents', 'referrers', 'contexts'] as const;

interface TotalsRow {
  readonly link_id: number;
  readonly user_id: number | null;
  readonly clicks: number;
  readonly last_clicked_at: number | null;
  readonly last_click_id: number;
  readonly tail: number;
  readonly dropped: number;
}

type Report = (about: Difference['about'], linkId: number | undefined, message: string) => void;

/** What the raw hits of every link add up to. */
interface RawHits {
  readonly all: HitSumsByOwner;
  /** The tail's, as link_totals tells its length. */
  readonly tails: HitSumsByOwner;
  /** Of hits that the users' roll-ups do not hold yet. */
  readonly newest: HitSumsByOwner;
  /** Where the chain should go on below the hits that there are. */
  readonly chainEnds: Map<number, number>;
  readonly lastCountedAt: Map<number, number>;
}

/**
 * Differences between raw hits, roll-ups and totals; empty when all agree. Ends at `limit` of them.
 * Holds its snapshot all the while: the write-ahead log of a busy server grows until it is done.
 */
export function auditRollUps(connection: Connection, limit = maxDifferences): Difference[] {
  const differences: Difference[] = [];
  const report: Report = (about, linkId, message) => {
    if (differences.length < limit) differences.push({ about, linkId, message });
  };
  connection.transaction(() => {
    const totals = readTotals(connection);
    const scans = new ScanAudit(connection);
    const raw = readRawHits(connection, totals, scans, report);
    scans.compare((message) => report('scans', undefined, message));
    const users = compareLinks(connection, totals, raw, report);
    compareUsers(connection, users, report);
  })();
  return differences;
}

export function named(connection: Connection, differences: readonly Difference[]): NamedDifference[] {
  const find = connection.prepare<[number], string>('SELECT public_id FROM links WHERE id = ?').pluck();
  return differences.map(({ about, linkId, message }) => ({
    about,
    link: linkId === undefined ? null : (find.get(linkId) ?? `link ${linkId}`),
    message,
  }));
}

function readTotals(connection: Connection): Map<number, TotalsRow> {
  const rows = connection
    .prepare<[], TotalsRow>(
      `SELECT t.link_id, coalesce(l.user_id, d.user_id) AS user_id, t.clicks, t.last_clicked_at, t.last_click_id, t.tail, t.dropped
       FROM (${currentTotals}) t LEFT JOIN links l ON l.id = t.link_id LEFT JOIN deleted_links d ON d.link_id = t.link_id`,
    )
    .iterate();
  const totals = new Map<number, TotalsRow>();
  for (const row of rows) totals.set(row.link_id, row);
  return totals;
}

/** Newest first, as a link's chain goes: so a tail ends after as many hits as its link says. */
function readRawHits(
  connection: Connection,
  totals: ReadonlyMap<number, TotalsRow>,
  scans: ScanAudit,
  report: Report,
): RawHits {
  const raw: RawHits = {
    all: new HitSumsByOwner(),
    tails: new HitSumsByOwner(),
    newest: new HitSumsByOwner(),
    chainEnds: new Map([...totals].map(([linkId, { last_click_id }]) => [linkId, last_click_id])),
    lastCountedAt: new Map(),
  };
  const userRollUpEnd = connection.prepare<[], number>('SELECT click_id FROM user_roll_up_end').pluck().get() ?? 0;
  const tailLeft = new Map([...totals].map(([linkId, { tail }]) => [linkId, tail]));
  const isMissing = missingTerms(connection);
  const reader = new HitReader(connection);
  for (const { id, clickedAt, hit } of reader.newestFirst()) {
    const { linkId } = hit;
    scans.see(hit, clickedAt);
    if (!totals.has(linkId)) report('total', linkId, `hit ${id} is of a link without totals`);
    const expected = raw.chainEnds.get(linkId);
    if (expected !== undefined && expected !== id)
      report('chain', linkId, `the chain goes on with hit ${expected} instead of ${id}`);
    raw.chainEnds.set(linkId, hit.previousId);
    const missing = isMissing(hit);
    if (missing !== undefined) report('dictionary', linkId, `hit ${id} refers to a ${missing} that is missing`);
    const sums = new HitSums();
    sums.addHit(hit);
    raw.all.add(linkId, sums);
    if (id > userRollUpEnd) raw.newest.add(linkId, sums);
    const left = tailLeft.get(linkId) ?? 0;
    if (left > 0) {
      raw.tails.add(linkId, sums);
      tailLeft.set(linkId, left - 1);
    }
    if (sums.counted > 0)
      raw.lastCountedAt.set(linkId, Math.max(clickedAt, raw.lastCountedAt.get(linkId) ?? clickedAt));
  }
  for (const [linkId, left] of tailLeft)
    if (left > 0) report('roll-up', linkId, `${left} hits of the tail are missing, which no roll-up holds`);
  return raw;
}

/** Tells which of a hit's entries is in no dictionary. */
function missingTerms(connection: Connection): (hit: StoredHit) => string | undefined {
  const known = dictionaries.map((table) => {
    const last = connection.prepare<[], number | null>(`SELECT max(id) FROM ${table}`).pluck().get() ?? 0;
    const ids = new Uint8Array(last + 1);
    // 0 is no entry.
    ids[0] = 1;
    for (const id of connection.prepare<[], number>(`SELECT id FROM ${table}`).pluck().iterate()) ids[id] = 1;
    return ids;
  });
  return (hit) => termKinds.find((kind, i) => known[i]![hit[kind]] !== 1);
}

/** Compares every link and returns what should be in the roll-ups of each user. */
function compareLinks(
  connection: Connection,
  totals: ReadonlyMap<number, TotalsRow>,
  raw: RawHits,
  report: Report,
): Map<number, HitSums> {
  const users = new Map<number, HitSums>();
  const rolledUp = auditRollUpTree(connection, 'link', (linkId, message) => report('roll-up', linkId, message));
  for (const [linkId, row] of totals) {
    const kept = new HitSums();
    kept.add(rolledUp.get(linkId) ?? new HitSums());
    kept.add(raw.tails.of(linkId));
    compareLink(row, kept, raw, report);
    if (row.user_id === null) continue;
    let sums = users.get(row.user_id);
    if (sums === undefined) users.set(row.user_id, (sums = new HitSums()));
    sums.add(kept);
    sums.add(raw.newest.of(linkId), -1);
  }
  for (const linkId of rolledUp.keys())
    if (!totals.has(linkId)) report('total', linkId, 'there are roll-ups of a link without totals');
  return users;
}

function compareLink(row: TotalsRow, kept: HitSums, raw: RawHits, report: Report): void {
  const { link_id: linkId, dropped, clicks } = row;
  const all = raw.all.of(linkId);
  if (kept.hits !== all.hits + dropped) {
    const deleted = dropped > 0 ? ` and ${dropped} deleted ones` : '';
    report('roll-up', linkId, `there are ${all.hits} hits${deleted}; roll-ups and tail hold ${kept.hits}`);
  } else if (dropped === 0 && !kept.equals(all)) {
    report('roll-up', linkId, `the roll-ups hold other hits than the ${all.hits} that there are`);
  }
  if (clicks !== kept.counted)
    report('total', linkId, `the total is ${clicks}, roll-ups and tail hold ${kept.counted} counted hits`);
  const end = raw.chainEnds.get(linkId) ?? 0;
  if (end !== 0 && dropped === 0) report('chain', linkId, `hit ${end} of the chain is missing`);
  const lastCountedAt = raw.lastCountedAt.get(linkId);
  if (lastCountedAt !== undefined && (row.last_clicked_at ?? -Infinity) < lastCountedAt)
    report('total', linkId, `the last counted hit is of ${lastCountedAt}, the totals say ${row.last_clicked_at}`);
}

function compareUsers(connection: Connection, users: ReadonlyMap<number, HitSums>, report: Report): void {
  const find = connection.prepare<[number], string>('SELECT public_id FROM users WHERE id = ?').pluck();
  const reportUser = (userId: number, message: string): void =>
    report('roll-up', undefined, `user ${find.get(userId) ?? userId}: ${message}`);
  const rolledUp = auditRollUpTree(connection, 'user', reportUser);
  for (const userId of new Set([...users.keys(), ...rolledUp.keys()])) {
    const expected = users.get(userId) ?? new HitSums();
    const found = rolledUp.get(userId) ?? new HitSums();
    if (found.equals(expected)) continue;
    const message =
      found.hits === expected.hits
        ? `the roll-ups hold other hits than those of the links, ${found.hits} each`
        : `the links have ${expected.hits} hits, the roll-ups hold ${found.hits}`;
    reportUser(userId, message);
  }
}
