// Whether a visit repeats a click of the same visitor on the same link that counted less than a window ago. Exact while the
// process runs, up to a bound of remembered clicks; past it the oldest are forgotten, and who comes again counts again.

import type { HitListener } from './recorder.ts';

/** Some 60 MB at the most, and only where the window is on. */
const maxRemembered = 500_000;

/** Clicks that counted before this process started. */
export interface EarlierClicks {
  /** Of the link, from `since` on, in any order; of very many the latest. */
  counted(linkId: number, since: number): readonly { readonly visitor: number; readonly clickedAt: number }[];
}

interface DuplicateWindowOptions {
  readonly windowMs: number;
  readonly earlier: EarlierClicks;
  readonly now: number;
  readonly capacity?: number;
}

export class DuplicateWindow {
  readonly #windowMs: number;
  readonly #capacity: number;
  readonly #earlier: EarlierClicks;
  /** When each visitor last counted on a link; the longest ago first. */
  readonly #counted = new Map<string, number>();
  /** Links of which the clicks before the start are known. Needed only until the window has passed. */
  readonly #readLinks = new Set<number>();
  readonly #startedAt: number;

  constructor({ windowMs, earlier, now, capacity = maxRemembered }: DuplicateWindowOptions) {
    this.#windowMs = windowMs;
    this.#capacity = capacity;
    this.#earlier = earlier;
    this.#startedAt = now;
  }

  /** How many clicks are remembered. */
  get size(): number {
    return this.#counted.size;
  }

  /**
   * True where the visitor counted on this link less than the window ago. Else this visit is what counts from now on: the window
   * runs from a click that counted, not from the last visit, so that who comes again all day is counted now and then.
   */
  repeats(linkId: number, visitor: number, now: number): boolean {
    this.#readEarlier(linkId, now);
    const key = keyOf(linkId, visitor);
    const at = this.#counted.get(key);
    if (at !== undefined && this.#isInWindow(at, now)) return true;
    this.#counted.delete(key);
    this.#remember(key, now);
    return false;
  }

  /** A listener of the hit that was remembered last: when it turns out not to have been stored, it is forgotten, and the next one counts. */
  watching(linkId: number, visitor: number, now: number, listener: HitListener): HitListener {
    return {
      settled: (outcome) => {
        const key = keyOf(linkId, visitor);
        if (outcome !== 'recorded' && this.#counted.get(key) === now) this.#counted.delete(key);
        listener.settled(outcome);
      },
    };
  }

  /** In both directions: the clock may have been set back. */
  #isInWindow(at: number, now: number): boolean {
    return Math.abs(now - at) < this.#windowMs;
  }

  #remember(key: string, now: number): void {
    for (const [oldest, at] of this.#counted) {
      if (this.#counted.size < this.#capacity && this.#isInWindow(at, now)) break;
      this.#counted.delete(oldest);
    }
    this.#counted.set(key, now);
  }

  #readEarlier(linkId: number, now: number): void {
    if (!this.#isInWindow(this.#startedAt, now)) {
      if (this.#readLinks.size > 0) this.#readLinks.clear();
      return;
    }
    if (this.#readLinks.has(linkId) || this.#readLinks.size >= this.#capacity) return;
    this.#readLinks.add(linkId);
    const clicks = this.#earlier.counted(linkId, now - this.#windowMs);
    for (const { visitor, clickedAt } of clicks.toSorted((a, b) => a.clickedAt - b.clickedAt)) {
      const key = keyOf(linkId, visitor);
      this.#counted.delete(key);
      this.#remember(key, clickedAt);
    }
  }
}

function keyOf(linkId: number, visitor: number): string {
  return `${linkId} ${visitor}`;
}
