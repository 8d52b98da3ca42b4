// Exports on a reader thread of their own, so that no redirect and no statistics wait for them. A page is asked for when the client has
// taken the one before, so the number of exports is what has to be bounded, and is.

import { AppError } from '../core/errors.ts';
import type { ReaderThread } from '../storage/reader.ts';
import type { ExportSubject } from './click-export.ts';
import { exportCountReading, exportPageReading } from './click-readings.ts';
import type { ExportQuestion, ExportScope } from './export-format.ts';

const maxExports = 16;

export class Exports {
  readonly #thread: ReaderThread;
  #running = 0;

  constructor(thread: ReaderThread) {
    this.#thread = thread;
  }

  /** Throws UNAVAILABLE where there are too many already. */
  requireRoom(): void {
    if (this.#running >= maxExports) throw new AppError('UNAVAILABLE', 'too many exports are running; try again later');
  }

  /** One more runs from now on, until `leave`. Throws as `requireRoom` does. */
  enter(): void {
    this.requireRoom();
    this.#running++;
  }

  leave(): void {
    this.#running--;
  }

  /** How many hits there are to export. */
  count(scope: ExportScope): Promise<number> {
    return this.#thread.ask(exportCountReading, scope);
  }

  /** The pages from this position on, in UTF-8. */
  async *pages(subject: ExportSubject, question: ExportQuestion): AsyncGenerator<Uint8Array> {
    for (let position = question.position; ;) {
      const page = await this.#thread.ask(exportPageReading, {
        subject,
        question: { ...question, position },
      });
      if (page.bytes.length > 0) yield page.bytes;
      if (page.position === null) return;
      position = page.position;
    }
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
