// Reads raw hits as roll-ups need them: one by one along a link's chain, or all of a stretch of time.

import { quarterMs } from '../core/periods.ts';
import type { Connection } from '../storage/query.ts';
import { HitColumns, linkColumns, userColumns } from './hit-columns.ts';
import type { StoredHit } from './recent-hits.ts';

/** A sketch entry is stored less this, so that it fits in two bytes. */
export const sketchBias = 2 ** 15;
/** As a sketch entry, in six bytes. */
export const visitorBias = 2 ** 47;

type HitRow = [
  clickedAt: number,
  verdict: number,
  sketch: number,
  place: number,
  agent: number,
  referrer: number,
  context: number,
  linkId: number,
  previousId: number,
];

const columns = 'clicked_at, verdict, sketch, place_id, user_agent_id, referrer_id, context_id, link_id, previous_id';

function hitOf(row: HitRow): StoredHit {
  const [clickedAt, verdict, sketch, place, agent, referrer, context, linkId, previousId] = row;
  return {
    quarter: Math.floor(clickedAt / quarterMs),
    verdict,
    sketch: sketch + sketchBias,
    place,
    agent,
    referrer,
    context,
    linkId,
    previousId,
  };
}

export function addHit(columns: HitColumns, hit: StoredHit): void {
  const position = columns.add(hit.quarter, hit.verdict, hit.sketch);
  const { ids } = columns;
  ids[0]![position] = hit.place;
  ids[1]![position] = hit.agent;
  ids[2]![position] = hit.referrer;
  ids[3]![position] = hit.context;
  if (ids.length === userColumns) ids[4]![position] = hit.linkId;
}

export class HitReader {
  readonly #find;
  readonly #between;
  readonly #ofUserAfter;
  readonly #newestFirst;

  constructor(connection: Connection) {
    // Rows as arrays: naming every column of each would take as long as reading it.
    this.#find = connection.prepare<[number], HitRow>(`SELECT ${columns} FROM clicks WHERE id = ?`).raw();
    this.#between = connection
      .prepare<[number, number], HitRow>(`SELECT ${columns} FROM clicks WHERE id > ? AND id <= ? ORDER BY id`)
      .raw();
    this.#ofUserAfter = connection
      .prepare<[number, number], HitRow>(
        `SELECT ${columns
          .split(', ')
          .map((column) => `c.${column}`)
          .join(', ')}
         FROM clicks c JOIN links l ON l.id = c.link_id WHERE c.id > ? AND l.user_id = ? ORDER BY c.id`,
      )
      .raw();
    this.#newestFirst = connection
      .prepare<[], [...HitRow, id: number]>(`SELECT ${columns}, id FROM clicks ORDER BY id DESC`)
      .raw();
  }

  find(id: number): StoredHit | undefined {
    const row = this.#find.get(id);
    return row && hitOf(row);
  }

  /** The newest `count` hits of the chain that ends with this one. Throws where one is missing. */
  tail(lastId: number, count: number, find: (id: number) => StoredHit | undefined = (id) => this.find(id)): HitColumns {
    const hits = new HitColumns(linkColumns, Math.max(1, count));
    let id = lastId;
    for (let left = count; left > 0; left--) {
      const hit = find(id);
      if (hit === undefined) throw new Error(`hit ${id} is missing, which no roll-up holds`);
      addHit(hits, hit);
      id = hit.previousId;
    }
    return hits;
  }

  /** Hits with ids above `after`, up to and with `upTo`, oldest first. */
  *between(after: number, upTo: number): IterableIterator<StoredHit> {
    for (const row of this.#between.iterate(after, upTo)) yield hitOf(row);
  }

  /** Every hit there is. */
  *newestFirst(): IterableIterator<{ id: number; clickedAt: number; hit: StoredHit }> {
    for (const row of this.#newestFirst.iterate()) {
      const [clickedAt, verdict, sketch, place, agent, referrer, context, linkId, previousId, id] = row;
      yield {
        id,
        clickedAt,
        hit: hitOf([clickedAt, verdict, sketch, place, agent, referrer, context, linkId, previousId]),
      };
    }
  }

  /** Hits on the user's links with ids above `after`. */
  ofUserAfter(after: number, userId: number): HitColumns {
    const hits = new HitColumns(userColumns);
    for (const row of this.#ofUserAfter.iterate(after, userId)) addHit(hits, hitOf(row));
    return hits;
  }
}
