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
