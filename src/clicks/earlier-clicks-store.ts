// Reads which visitors a link has counted lately, for the duplicate window of a process that has just started.

import { type LinkTotals, totalsOfMany } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import type { EarlierClicks } from './duplicate-window.ts';
import { visitorBias } from './hit-store.ts';
import { countedVerdict } from './verdict.ts';

// The main thread reads them, once a link: some 5 ms at the most.
const maxEarlierHits = 2_000;

export class EarlierClickStore implements EarlierClicks {
  /** With what rows did not hold when this process started: later hits need not be found. */
  readonly #totalsOf: (linkId: number) => LinkTotals | undefined;
  readonly #counted;

  constructor(reader: Connection) {
    this.#totalsOf = totalsOfMany(reader);
    this.#counted = reader.prepare<[number, number, number, number], { visitor: number; clickedAt: number }>(
      `WITH RECURSIVE hits (visitor, clicked_at, verdict, previous_id, position) AS (
         SELECT c.visitor, c.clicked_at, c.verdict, c.previous_id, 1
         FROM clicks c WHERE c.id = ?
         UNION ALL
         SELECT c.visitor, c.clicked_at, c.verdict, c.previous_id, h.position + 1
         FROM hits h JOIN clicks c ON c.id = h.previous_id WHERE h.clicked_at >= ? AND h.position < ?
       )
       SELECT visitor + ${visitorBias} AS visitor, clicked_at AS clickedAt FROM hits WHERE verdict = ?`,
    );
  }

  counted(linkId: number, since: number): { visitor: number; clickedAt: number }[] {
    const lastId = this.#totalsOf(linkId)?.lastClickId;
    return lastId === undefined ? [] : this.#counted.all(lastId, since, maxEarlierHits, countedVerdict);
  }
}
