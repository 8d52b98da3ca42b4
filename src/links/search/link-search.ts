// The search as the rest of the program uses it: short ones are answered on the spot, longer ones by a thread, and sealing is
// kept up with what is written.

import type { Worker } from 'node:worker_threads';
import type { Connection } from '../../storage/query.ts';
import type { Writer } from '../../storage/writer.ts';
import { countOfLinks } from '../link-count-store.ts';
import { type ChoreSource, doChores, usersToTend } from './sealing.ts';
import type { SearchAnswer, SearchQuestion } from './searcher.ts';
import { Searcher } from './searcher.ts';
import { SearchThread } from './search-thread.ts';

/** Links of a user up to which the main thread searches itself: half a millisecond, less than asking a thread costs. */
const maxLinksHere = 1_000;
/** Entries written by a user before it is looked whether there are enough to be sealed. */
const writesBetweenLooks = 2_048;
/** Clicked links that are remembered before the thread is told of them. */
const maxClicked = 10_000;

interface LinkSearchOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly startThread: (isSealing: boolean) => Worker;
  /** Told what went wrong while sealing; searches stay exact without it, and become slower. */
  readonly onFailure: (error: unknown) => void;
}

export class LinkSearch {
  readonly #options: LinkSearchOptions;
  readonly #here: Searcher;
  readonly #finding: SearchThread;
  readonly #sealing: SearchThread;
  readonly #written = new Map<number, number>();
  /** Links clicked since the thread was last told; undefined until it keeps clicks in memory. */
  #clicked: Set<number> | undefined;
  #tending: Promise<void> | undefined;
  #isClosing = false;

  constructor(options: LinkSearchOptions) {
    this.#options = options;
    this.#here = new Searcher(options.reader);
    this.#finding = new SearchThread(() => {
      // A new thread knows of no clicks yet, and will read them as they are.
      this.#clicked = undefined;
      return options.startThread(false);
    });
    this.#sealing = new SearchThread(() => options.startThread(true));
  }

  /** Throws UNAVAILABLE when too many searches are waiting. */
  async find(question: SearchQuestion): Promise<SearchAnswer> {
    const { live, archived } = countOfLinks(this.#options.reader, question.userId);
    if (live + archived <= maxLinksHere) return this.#here.find(question);
    if (question.sort === 'clicks') this.#tellClicked();
    const asked = this.#finding.ask({ kind: 'find', question });
    if (question.sort === 'clicks') this.#clicked ??= new Set();
    return asked;
  }

  /** Must be told of each link once a click on it is committed. */
  clicked(linkIds: Iterable<number>): void {
    if (this.#clicked === undefined) return;
    for (const linkId of linkIds) this.#clicked.add(linkId);
    if (this.#clicked.size >= maxClicked) this.#tellClicked();
  }

  /** Totals of links have changed in another way than by clicks. */
  recount(): void {
    if (this.#clicked !== undefined) void this.#finding.ask({ kind: 'recount' }).catch(this.#options.onFailure);
  }

  /** Whether anybody wants to be told of clicks. */
  get wantsClicks(): boolean {
    return this.#clicked !== undefined;
  }

  /** A user has made or changed links. */
  written(userId: number, links: number): void {
    const written = (this.#written.get(userId) ?? 0) + links;
    this.#written.set(userId, written);
    if (written >= writesBetweenLooks) void this.tend().catch(this.#options.onFailure);
  }

  /** Seals what there is to be sealed. Costs next to nothing where there is nothing. */
  tend(): Promise<void> {
    return (this.#tending ??= this.#tend().finally(() => (this.#tending = undefined)));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#tending?.catch(() => {});
    await Promise.all([this.#finding.end(), this.#sealing.end()]);
  }

  async #tend(): Promise<void> {
    const { reader, writer } = this.#options;
    for (;;) {
      const active = [...this.#written]
        .filter(([, written]) => written >= writesBetweenLooks)
        .map(([userId]) => userId);
      const userIds = [...new Set([...active, ...usersToTend(reader)])];
      if (userIds.length === 0 || this.#isClosing) break;
      for (const userId of userIds) this.#written.delete(userId);
      const source: ChoreSource = {
        next: (users) => this.#sealing.ask({ kind: 'next-chore', userIds: users }),
        build: (range) => this.#sealing.ask({ kind: 'build', range }),
        parts: () => this.#sealing.ask({ kind: 'parts' }),
      };
      await doChores(writer, source, userIds, () => this.#isClosing);
      if (active.length === 0) break;
    }
    await this.#sealing.end();
  }

  #tellClicked(): void {
    if (this.#clicked === undefined || this.#clicked.size === 0) return;
    const linkIds = [...this.#clicked];
    this.#clicked.clear();
    // A thread that fails has forgotten all clicks, too.
    void this.#finding.ask({ kind: 'clicked', linkIds }).catch(this.#options.onFailure);
  }
}
