// Deletes links for good while the server runs, as the command line asks: in small transactions, between which redirects go on. What is
// unfinished when the server stops or is killed goes on at the next start.

import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { type ArchivedLink, dropDeletion, requestedDeletions, requireArchived } from '../links/link-deletion-store.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import { clearLink, deleteLink } from './link-clicks-store.ts';
import type { Recorder } from './recorder.ts';

export interface LinkDeletionsOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly recorder: Pick<Recorder, 'catchUp'>;
  /** The next visit reads the link from the database. */
  readonly forgetLink: (link: ArchivedLink) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export class LinkDeletions {
  readonly #options: LinkDeletionsOptions;

  constructor(options: LinkDeletionsOptions) {
    this.#options = options;
  }

  /** Resolves false where the server is about to stop before all is done. Rejects with the first failure, after it has tried the others. */
  async run(isStopping: () => boolean): Promise<boolean> {
    const failures: unknown[] = [];
    for (const publicId of requestedDeletions(this.#options.reader)) {
      try {
        if (!(await this.#delete(publicId, isStopping))) return false;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return true;
  }

  async #delete(publicId: string, isStopping: () => boolean): Promise<boolean> {
    const { reader, writer, recorder, forgetLink, clock, log } = this.#options;
    try {
      // It may have been archived without a word to this process. From here on nobody is redirected by it.
      forgetLink(requireArchived(reader, publicId));
      // And whoever was is counted.
      await recorder.catchUp();
      while (!isStopping() && (await writer.run(clearLink, { publicId })));
      if (isStopping()) return false;
      // Not as it was known before: a change may have come in between.
      forgetLink(await writer.run(deleteLink, { publicId, now: clock.now() }));
      log.info({ link: publicId }, 'a link was deleted for good');
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
      await writer.run(dropDeletion, { publicId });
      log.warn({ link: publicId }, 'a link that was to be deleted for good was restored meanwhile, and is kept');
    }
    return true;
  }
}
