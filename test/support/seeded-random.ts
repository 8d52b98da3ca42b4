// Random numbers that are the same on every run, so that a property that fails once fails again.

/** Returns a function that draws whole numbers from 0 up to, not including, its argument. (A 32-bit xorshift.) */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
