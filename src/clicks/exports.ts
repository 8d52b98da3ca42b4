// Exports on a reader thread of their own, so that no redirect and no statistics wait for them. A page is asked for when the client has
// taken the one before, so the number of exports is what has to be bounded, and is. While visitors are redirected, they rest in between.

import { setImmediate as othersTurn, setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ReaderThread } from '../storage/reader.ts';
import type { ExportSubject } from './click-export.ts';
import { exportCountReading, exportPageReading } from './click-readings.ts';
import type { ExportQuestion, ExportScope } from './export-format.ts';

const maxExports = 16;
/** A redirect in the last second means that there will be more. */
const busyMs = 1_000;
/** Of the time that a page took. A thread that never rests is in the way of redirects where there are few cores, however low its priority. */
const restShare = 0.5;
const leastRestMs = 1;
/** What is handed on in one turn of the main thread. */
const pieceBytes = 65_536;

interface ExportsOptions {
  readonly thread: ReaderThread;
  /** How many hits there have been; that there are new ones is what matters. */
  readonly traffic: { readonly taken: number };
  readonly clock: Clock;
  readonly rest?: (ms: number) => Promise<unknown>;
}

export class Exports {
  readonly #thread: ReaderThread;
  readonly #traffic: ExportsOptions['traffic'];
  readonly #clock: Clock;
  readonly #rest: (ms: number) => Promise<unknown>;
  #running = 0;
  #taken: number;
  #busyUntil = 0;

  constructor({ thread, traffic, clock, rest = pause }: ExportsOptions) {
    this.#thread = thread;
    this.#traffic = traffic;
    this.#clock = clock;
    this.#rest = rest;
    this.#taken = traffic.taken;
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
      const askedAt = this.#clock.monotonic();
      const page = await this.#thread.ask(exportPageReading, {
        subject,
        question: { ...question, position },
      });
      const tookMs = this.#clock.monotonic() - askedAt;
      yield* piecesOf(page.bytes);
      if (page.position === null) return;
      position = page.position;
      if (this.#isBusy()) await this.#rest(Math.max(leastRestMs, tookMs * restShare));
    }
  }

  #isBusy(): boolean {
    const now = this.#clock.monotonic();
    const { taken } = this.#traffic;
    if (taken !== this.#taken) {
      this.#taken = taken;
      this.#busyUntil = now + busyMs;
    }
    return now < this.#busyUntil;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    if (start > 0) await othersTurn();
    yield bytes.subarray(start, start + pieceBytes);
  }
}
