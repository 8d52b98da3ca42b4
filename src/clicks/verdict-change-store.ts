// Gives stored hits another verdict, with everything that counts them: raw rows, totals, roll-ups and scans in one transaction. What a click
// limit has used up stays used up.

import type { Connection } from '../storage/query.ts';
import { noteClickStateChange } from './folding-store.ts';
import { HitReader } from './hit-store.ts';
import { RollUpChanger, type VerdictChange } from './roll-up-change-store.ts';
import type { StoredHit } from './recent-hits.ts';
import { ScanStore } from './scan-store.ts';
import { countedVerdict } from './verdict.ts';

/** The hit, the verdict that it had when it was judged anew, and the one that it gets. */
export type NewVerdict = readonly [clickId: number, from: number, to: number];

// A link's last counted hit is looked for among so many of its newest; past them what was known before will do.
const maxSteps = 10_000;

interface Totals {
  readonly last_clicked_at: number | null;
  readonly last_click_id: number;
  readonly tail: number;
}

interface ChangedHit extends VerdictChange {
  readonly id: number;
  readonly clickedAt: number;
}

function prepareStatements(connection: Connection) {
  return {
    clickedAt: connection.prepare<[number], number>('SELECT clicked_at FROM clicks WHERE id = ?').pluck(),
    setVerdict: connection.prepare<[number, number]>('UPDATE clicks SET verdict = ? WHERE id = ?'),
    totals: connection.prepare<[number], Totals>(
      'SELECT last_clicked_at, last_click_id, tail FROM link_totals WHERE link_id = ?',
    ),
    setTotals: connection.prepare<[number, number | null, number]>(
      'UPDATE link_totals SET clicks = clicks + ?, last_clicked_at = ? WHERE link_id = ?',
    ),
    isRolledUp: connection.prepare<[number], number>('SELECT 1 FROM link_roll_ups WHERE owner_id = ? LIMIT 1').pluck(),
    step: connection.prepare<[number], { clicked_at: number; verdict: number; previous_id: number }>(
      'SELECT clicked_at, verdict, previous_id FROM clicks WHERE id = ?',
    ),
    userOf: connection.prepare<[number], number>('SELECT user_id FROM links WHERE id = ?').pluck(),
    qrOf: connection.prepare<[number], string>('SELECT qr FROM contexts WHERE id = ?').pluck(),
    userRollUpEnd: connection.prepare<[], number>('SELECT click_id FROM user_roll_up_end').pluck(),
  };
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => number | undefined): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

class VerdictChanger {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #hits: HitReader;
  readonly #links: RollUpChanger;
  readonly #users: RollUpChanger;
  readonly #scans: ScanStore;

  constructor(connection: Connection) {
    this.#statements = prepareStatements(connection);
    this.#hits = new HitReader(connection);
    this.#links = new RollUpChanger(connection, 'link');
    this.#users = new RollUpChanger(connection, 'user');
    this.#scans = new ScanStore(connection);
  }

  /** Returns how many were changed: not those that are gone or have another verdict by now. */
  change(verdicts: readonly NewVerdict[]): number {
    const changed = verdicts.flatMap((verdict) => this.#changeRow(verdict));
    for (const [linkId, ofLink] of groupedBy(changed, ({ hit }) => hit.linkId)) this.#changeLink(linkId, ofLink);
    const end = this.#statements.userRollUpEnd.get() ?? 0;
    const users = new Map<number, number | undefined>();
    const userOf = ({ id, hit: { linkId } }: ChangedHit): number | undefined => {
      if (id > end) return undefined;
      if (!users.has(linkId)) users.set(linkId, this.#statements.userOf.get(linkId));
      return users.get(linkId);
    };
    for (const [userId, ofUser] of groupedBy(changed, userOf)) this.#users.change(userId, ofUser);
    this.#changeScans(changed);
    return changed.length;
  }

  #changeScans(changed: readonly ChangedHit[]): void {
    for (const { hit, to, clickedAt } of changed) {
      const qr = this.#statements.qrOf.get(hit.context);
      if (!qr) continue;
      if (to === countedVerdict) this.#scans.count(qr, clickedAt);
      else if (hit.verdict === countedVerdict) this.#scans.takeBack(qr);
    }
    this.#scans.write();
  }

  #changeRow([id, from, to]: NewVerdict): ChangedHit[] {
    const hit: StoredHit | undefined = this.#hits.find(id);
    if (hit === undefined || hit.verdict !== from || from === to) return [];
    this.#statements.setVerdict.run(to, id);
    return [{ id, hit, to, clickedAt: this.#statements.clickedAt.get(id)! }];
  }

  #changeLink(linkId: number, changed: readonly ChangedHit[]): void {
    const { last_clicked_at: lastClickedAt, last_click_id: lastId, tail } = this.#statements.totals.get(linkId)!;
    const isRolledUp = this.#statements.isRolledUp.get(linkId) !== undefined;
    const oldestOfTail = isRolledUp ? this.#oldestOfTail(lastId, tail) : 0;
    this.#links.change(
      linkId,
      changed.filter(({ id }) => id < oldestOfTail),
    );
    let difference = 0;
    let latest = lastClickedAt;
    let isLatestGone = false;
    for (const { hit, to, clickedAt } of changed) {
      if (to === countedVerdict) {
        difference++;
        if (latest === null || clickedAt > latest) latest = clickedAt;
      } else if (hit.verdict === countedVerdict) {
        difference--;
        if (clickedAt === lastClickedAt) isLatestGone = true;
      }
    }
    if (isLatestGone && latest === lastClickedAt) latest = this.#lastCounted(lastId, lastClickedAt);
    this.#statements.setTotals.run(difference, latest, linkId);
  }

  /** Ids of older hits are lower. Above all of them where the tail is empty. */
  #oldestOfTail(lastId: number, tail: number): number {
    let id = lastId + 1;
    let next = lastId;
    for (let left = tail; left > 0; left--) {
      id = next;
      next = this.#statements.step.get(id)?.previous_id ?? 0;
    }
    return id;
  }

  #lastCounted(lastId: number, before: number | null): number | null {
    let latest: number | null = null;
    let id = lastId;
    for (let steps = 0; id > 0; steps++) {
      const row = this.#statements.step.get(id);
      // Retention took the rest away; whether one of them counted, only the roll-ups know.
      if (row === undefined || steps >= maxSteps) return latest ?? before;
      if (row.verdict === countedVerdict && (latest === null || row.clicked_at > latest)) latest = row.clicked_at;
      // The first that is found is the last that there was, unless the clock was set back.
      if (latest !== null && steps >= 100) break;
      id = row.previous_id;
    }
    return latest;
  }
}

/** To be called inside a transaction. Returns how many hits have another verdict now. */
export function changeVerdicts(connection: Connection, verdicts: readonly NewVerdict[]): number {
  if (verdicts.length === 0) return 0;
  noteClickStateChange(connection);
  return new VerdictChanger(connection).change(verdicts);
}
