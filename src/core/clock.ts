// Time as an argument: the server hands one clock to everything that asks for it, tests hand their own.

export interface Clock {
  /** Wall-clock time in Unix milliseconds. May step; never use a difference of two for a timeout. */
  now(): number;
  /** Milliseconds since some fixed moment; never steps back. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** Waiting as an argument. */
export interface Timers {
  /** Runs once after so many milliseconds, on the monotonic clock; the function that it returns calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
