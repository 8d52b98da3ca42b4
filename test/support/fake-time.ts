// A clock and timers that stand still until a test moves them, so that hours pass in a moment. What is due runs in its order.

import type { Clock, Timers } from '../../src/core/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class FakeTime implements Clock, Timers {
  #wall: number;
  #monotonic = 1_000;
  #timers: Timer[] = [];
  #order = 0;

  constructor(wall: number) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** As if the process that set them had ended. */
  forget(): void {
    this.#timers = [];
  }

  /** As if somebody set the wall clock. */
  setClock(byMs: number): void {
    this.#wall += byMs;
  }

  /** Lets so much time pass in one go: what is due by then runs when time passes next. */
  advance(byMs: number): void {
    this.#move(byMs);
  }

  /**
   * Lets so much time pass, from one timer to the next.
   * @param settle waits until what a timer set off has come to rest
   */
  async pass(durationMs: number, settle: () => Promise<unknown>): Promise<void> {
    const end = this.#monotonic + durationMs;
    await settle();
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#move(Math.max(0, next.at - this.#monotonic));
      next.run();
      await settle();
    }
    this.#move(end - this.#monotonic);
  }

  #move(byMs: number): void {
    this.#wall += byMs;
    this.#monotonic += byMs;
  }
}
