// Tells another thread that events were stored: one shared number that only rises. Nothing is lost while nobody waits; and a waiter looks
// at the number by itself now and then, so that not even a notice that goes astray holds it up for long.

const position = 0;
const longestWaitMs = 5_000;

export class EventSignal {
  readonly #count: Int32Array;
  #seen: number;

  constructor(memory: SharedArrayBuffer) {
    this.#count = new Int32Array(memory);
    this.#seen = Atomics.load(this.#count, position);
  }

  static sharedMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(4);
  }

  raise(): void {
    Atomics.add(this.#count, position, 1);
    Atomics.notify(this.#count, position);
  }

  /** Resolves once the signal was raised since the last call. */
  async next(): Promise<void> {
    while (Atomics.load(this.#count, position) === this.#seen) {
      const waited = Atomics.waitAsync(this.#count, position, this.#seen, longestWaitMs);
      if (waited.async) await waited.value;
    }
    this.#seen = Atomics.load(this.#count, position);
  }
}
