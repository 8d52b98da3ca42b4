// Gives stored hits another verdict, with everything that counts them: raw rows, totals, roll-ups and scans in one transaction. What a
// click limit has used up stays used up. Planned where redirects do not wait for it, and written in a short transaction that refuses a
// plan which new hits have overtaken.

import { type LinkTotals, settleTotals, totalsOfMany } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import { HitReader } from './hit-store.ts';
import { type PlannedRollUp, RollUpChanger, type VerdictChange } from './roll-up-change-store.ts';
import { ScanStore } from './scan-store.ts';
import { countedVerdict } from './verdict.ts';

/** The hit, the verdict that it had when it was judged anew, and the one that it gets. */
export type NewVerdict = readonly [clickId: number, from: number, to: number];

// A link's last counted hit is looked for among so many of its newest; past them what was known before will do.
const maxSteps = 10_000;

/** What is to be written of some verdicts, as things stood when it was planned. */
export interface VerdictPlan {
  /** Those of the verdicts whose hits were there, with the verdict that was thought. */
  readonly verdicts: readonly NewVerdict[];
  readonly linkRollUps: readonly PlannedRollUp[];
  readonly userRollUps: readonly PlannedRollUp[];
  /** Of links some of whose hits were in no roll-up: the oldest such hit. */
  readonly tails: readonly (readonly [linkId: number, oldest: number])[];
  /** The last hit that was in a roll-up of users. */
  readonly userRollUpEnd: number;
}

interface RawHit {
  readonly linkId: number;
  readonly clickedAt: number;
  readonly verdict: number;
  readonly context: number;
}

interface PlannedHit extends VerdictChange {
  readonly id: number;
}

interface ChangedHit extends RawHit {
  readonly to: number;
}

function prepareStatements(connection: Connection) {
  return {
    raw: connection.prepare<[number], RawHit>(
      'SELECT link_id AS linkId, clicked_at AS clickedAt, verdict, context_id AS context FROM clicks WHERE id = ?',
    ),
    setVerdict: connection.prepare<[number, number]>('UPDATE clicks SET verdict = ? WHERE id = ?'),
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

type TotalsOf = (linkId: number) => LinkTotals | undefined;

class VerdictChanger {
  readonly #connection: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #hits: HitReader;
  readonly #links: RollUpChanger;
  readonly #users: RollUpChanger;
  readonly #scans: ScanStore;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#statements = prepareStatements(connection);
    this.#hits = new HitReader(connection);
    this.#links = new RollUpChanger(connection, 'link');
    this.#users = new RollUpChanger(connection, 'user');
    this.#scans = new ScanStore(connection);
  }

  plan(verdicts: readonly NewVerdict[]): VerdictPlan {
    const hits = verdicts.flatMap(([id, from, to]): PlannedHit[] => {
      const hit = this.#hits.find(id);
      return hit === undefined || hit.verdict !== from || from === to ? [] : [{ id, hit, to }];
    });
    const linkRollUps: PlannedRollUp[] = [];
    const tails: [linkId: number, oldest: number][] = [];
    const byLink = groupedBy(hits, ({ hit }) => hit.linkId);
    const totals = totalsOfMany(this.#connection, byLink.keys());
    for (const [linkId, ofLink] of byLink) {
      const oldest = this.#oldestOfTail(linkId, totals);
      const rolledUp = ofLink.filter(({ id }) => id < oldest);
      if (rolledUp.length < ofLink.length) tails.push([linkId, oldest]);
      linkRollUps.push(...this.#links.plan(linkId, rolledUp));
    }
    const userRollUpEnd = this.#statements.userRollUpEnd.get() ?? 0;
    const users = new Map<number, number | undefined>();
    const userOf = ({ id, hit: { linkId } }: PlannedHit): number | undefined => {
      if (id > userRollUpEnd) return undefined;
      if (!users.has(linkId)) users.set(linkId, this.#statements.userOf.get(linkId));
      return users.get(linkId);
    };
    const userRollUps = [...groupedBy(hits, userOf)].flatMap(([userId, ofUser]) => this.#users.plan(userId, ofUser));
    const planned = hits.map(({ id, hit, to }): NewVerdict => [id, hit.verdict, to]);
    return { verdicts: planned, linkRollUps, userRollUps, tails, userRollUpEnd };
  }

  /** False where the plan holds no more. */
  write({ verdicts, linkRollUps, userRollUps, tails, userRollUpEnd }: VerdictPlan): boolean {
    const end = this.#statements.userRollUpEnd.get() ?? 0;
    const totals = totalsOfMany(this.#connection);
    if (verdicts.some(([id]) => id > userRollUpEnd && id <= end)) return false;
    if (tails.some(([linkId, oldest]) => this.#oldestOfTail(linkId, totals) !== oldest)) return false;
    const changed: ChangedHit[] = [];
    for (const [id, from, to] of verdicts) {
      const hit = this.#statements.raw.get(id);
      if (hit?.verdict !== from) return false;
      this.#statements.setVerdict.run(to, id);
      changed.push({ ...hit, to });
    }
    for (const [linkId, ofLink] of groupedBy(changed, (hit) => hit.linkId)) this.#changeTotals(linkId, ofLink, totals);
    if (!this.#links.write(linkRollUps) || !this.#users.write(userRollUps)) return false;
    this.#changeScans(changed);
    return true;
  }

  #changeScans(changed: readonly ChangedHit[]): void {
    for (const { context, verdict, to, clickedAt } of changed) {
      const qr = this.#statements.qrOf.get(context);
      if (!qr) continue;
      if (to === countedVerdict) this.#scans.count(qr, clickedAt);
      else if (verdict === countedVerdict) this.#scans.takeBack(qr);
    }
    this.#scans.write();
  }

  #changeTotals(linkId: number, changed: readonly ChangedHit[], totals: TotalsOf): void {
    const { lastClickedAt, lastClickId: lastId } = totals(linkId)!;
    let difference = 0;
    let latest = lastClickedAt;
    let isLatestGone = false;
    for (const { verdict, to, clickedAt } of changed) {
      if (to === countedVerdict) {
        difference++;
        if (latest === null || clickedAt > latest) latest = clickedAt;
      } else if (verdict === countedVerdict) {
        difference--;
        if (clickedAt === lastClickedAt) isLatestGone = true;
      }
    }
    if (isLatestGone && latest === lastClickedAt) latest = this.#lastCounted(lastId, lastClickedAt);
    this.#statements.setTotals.run(difference, latest, linkId);
  }

  /** Ids of older hits are lower. 0 where nothing is rolled up; above all of them where the tail is empty. */
  #oldestOfTail(linkId: number, totals: TotalsOf): number {
    if (this.#statements.isRolledUp.get(linkId) === undefined) return 0;
    const { lastClickId: lastId, tail } = totals(linkId)!;
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

// Its statements, once a connection.
const changers = new WeakMap<Connection, VerdictChanger>();

function changerOn(connection: Connection): VerdictChanger {
  let changer = changers.get(connection);
  if (changer === undefined) changers.set(connection, (changer = new VerdictChanger(connection)));
  return changer;
}

/** What these verdicts are to change, on one snapshot. Only reads. */
export function planVerdicts(connection: Connection, verdicts: readonly NewVerdict[]): VerdictPlan {
  return connection.transaction(() => changerOn(connection).plan(verdicts))();
}

function sharedRollUps(rollUps: readonly PlannedRollUp[]): PlannedRollUp[] {
  const lists = rollUps.map(({ before, summary, sketch, rows }) => [before, summary, sketch, rows] as const);
  const bytes = lists.flat().reduce((sum, list) => sum + (list?.length ?? 0), 0);
  const memory = new Uint8Array(new SharedArrayBuffer(bytes));
  let end = 0;
  const moved = <List extends Uint8Array | null>(list: List): List => {
    if (list === null) return list;
    const start = end;
    memory.set(list, start);
    return memory.subarray(start, (end += list.length)) as List;
  };
  return rollUps.map(({ id, parentId, before, summary, sketch, rows }) => ({
    id,
    parentId,
    before: moved(before),
    summary: moved(summary),
    sketch: moved(sketch),
    rows: moved(rows),
  }));
}

/** The same plan in memory that threads share: megabytes that are not copied on their way to the writer. */
export function sharedPlan(plan: VerdictPlan): VerdictPlan {
  return { ...plan, linkRollUps: sharedRollUps(plan.linkRollUps), userRollUps: sharedRollUps(plan.userRollUps) };
}

/** To be called inside a transaction, which has to be undone where this is false: the plan holds no more, and there is to be another one. */
export function writeVerdicts(connection: Connection, plan: VerdictPlan): boolean {
  if (plan.verdicts.length === 0) return true;
  settleTotals(connection);
  return changerOn(connection).write(plan);
}

/** Plans and writes at once, inside a transaction. Returns how many hits have another verdict now. */
export function changeVerdicts(connection: Connection, verdicts: readonly NewVerdict[]): number {
  if (verdicts.length === 0) return 0;
  const plan = changerOn(connection).plan(verdicts);
  if (!writeVerdicts(connection, plan)) throw new Error('verdicts were planned and not written in one transaction');
  return plan.verdicts.length;
}
