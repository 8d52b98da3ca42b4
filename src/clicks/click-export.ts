// Exports of raw hits and of roll-ups as a series of pages of text. Runs where it may take its time, beside redirects.

import type { Connection } from '../storage/query.ts';
import { type ExportPage, type ExportQuestion, rowsText } from './export-format.ts';
import { rawHitFields } from './raw-hit.ts';
import { RawHitStore } from './raw-hit-store.ts';
import { RollUpExport } from './roll-up-export-store.ts';

export const exportSubjects = ['clicks', 'stats'] as const;
export type ExportSubject = (typeof exportSubjects)[number];

// Some 2 ms of work and 60 kB of text: the main thread sends a page at one go, and redirects wait for that.
/** Hits of one page. */
const hitsAtOnce = 200;
/** Ids that are looked through for a user's hits. */
const idsAtOnce = 200;

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
        ? this.#hits.ofUser(scope.userId, position, idsAtOnce)
        : this.#hits.ofLink(scope.linkId, position, hitsAtOnce);
    return { text: rowsText(hits, rawHitFields, format), position: before };
  }

  /** How many hits there are to export. */
  count({ linkId, userId }: ExportQuestion['scope']): number {
    return linkId === undefined ? this.#hits.countOfUser(userId) : this.#hits.countOfLink(linkId);
  }
}
