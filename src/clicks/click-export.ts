// Exports of raw hits and of roll-ups as a series of pages of text. Runs where it may take its time, beside redirects.

import type { Connection } from '../storage/query.ts';
import { type ExportPage, type ExportQuestion, rowsText } from './export-format.ts';
import { rawHitFields } from './raw-hit.ts';
import { RawHitStore } from './raw-hit-store.ts';
import { RollUpExport } from './roll-up-export-store.ts';

export const exportSubjects = ['clicks', 'stats'] as const;
export type ExportSubject = (typeof exportSubjects)[number];

/** Hits of one page, some 2 ms of work and 60 kB of text: an export rests between pages. */
const hitsAtOnce = 200;
/** Ids that are looked through for them, where they are another user's: a little export of a large server need not have many pages. */
const idsAtOnce = 2_000;

export class ClickExport {
  readonly #hits: RawHitStore;
  readonly #rollUps: RollUpExport;

  constructor(connection: Connection) {
    this.#hits = new RawHitStore(connection);
    this.#rollUps = new RollUpExport(connection);
  }

  page(subject: ExportSubject, question: ExportQuestion): ExportPage {
    if (subject === 'stats') return this.#rollUps.page(question);
    const { scope, format, position } = question;
    const { hits, before } =
      scope.linkId === undefined
        ? this.#hits.ofUser(scope.userId, position, { ids: idsAtOnce, limit: hitsAtOnce })
        : this.#hits.ofLink(scope.linkId, position, hitsAtOnce);
    return { text: rowsText(hits, rawHitFields, format), position: before };
  }

  /** How many hits there are to export. */
  count({ linkId, userId }: ExportQuestion['scope']): number {
    return linkId === undefined ? this.#hits.countOfUser(userId) : this.#hits.countOfLink(linkId);
  }
}
