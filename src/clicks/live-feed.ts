// Tells listeners of hits as they are stored, in their order. Each listener has a place of its own in the table, so nothing is kept
// for it but what its connection has not taken yet; one that falls too far behind is told that there is a gap.

import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { RawHit } from './raw-hit.ts';

export interface StoredHit {
  readonly id: number;
  readonly linkId: number;
  readonly hit: RawHit;
}

/** Where hits are read. */
export interface HitSource {
  lastId(): number;
  between(after: number, upTo: number, userId: number): readonly StoredHit[];
}

/** A listener's connection. */
export interface LiveSink {
  /** Bytes that the listener has not taken yet. */
  readonly pendingBytes: number;
  /** Whether it may still listen. */
  readonly isAllowed: () => boolean;
  hit(hit: RawHit): void;
  /** Hits between these ids were left out. */
  gap(after: number, before: number): void;
  /** Where it begins: every hit behind this id is going to be told. */
  begin(position: number): void;
  /** Keeps the connection from looking idle; everything up to this id has been told. */
  beat(position: number): void;
  end(reason: 'stopping' | 'key no longer valid' | 'too slow'): void;
}

export interface Listening {
  readonly userId: number;
  /** undefined: all of the user's links. */
  readonly linkId: number | undefined;
  /** The last hit that the listener knows; undefined: it wants only what is still to come. */
  readonly after: number | undefined;
}

interface Listener extends Listening {
  readonly sink: LiveSink;
  position: number;
  /** Since when its connection takes nothing, by the monotonic clock. */
  fullSince: number | undefined;
}

interface LiveFeedOptions {
  readonly hits: HitSource;
  readonly clock: Clock;
  readonly maxListeners?: number;
  readonly maxListenersOfUser?: number;
  readonly tickMs?: number;
  readonly beatMs?: number;
}

// Some 2 ms of the main thread. With the ticks that follow one another it bounds what a listener can be told a second.
const idsAtOnce = 200;
// A listener that comes back after more than that has a gap.
const maxBehind = 10_000;
// And one event. A listener that takes everything is told the rest of a larger round in the next one.
const maxPendingBytes = 256 * 1024;
const maxFullMs = 60_000;

export class LiveFeed {
  readonly #options: Required<LiveFeedOptions>;
  readonly #listeners = new Set<Listener>();
  #tick: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(options: LiveFeedOptions) {
    this.#options = { maxListeners: 100, maxListenersOfUser: 10, tickMs: 200, beatMs: 15_000, ...options };
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** What all listeners together have not taken yet. */
  get pendingBytes(): number {
    let bytes = 0;
    for (const { sink } of this.#listeners) bytes += sink.pendingBytes;
    return bytes;
  }

  /** Throws RATE_LIMITED where the user has too many listeners already, UNAVAILABLE where all together have. */
  requireRoom(userId: number): void {
    const { maxListeners, maxListenersOfUser } = this.#options;
    const ofUser = [...this.#listeners].filter((listener) => listener.userId === userId).length;
    if (ofUser >= maxListenersOfUser)
      throw new AppError('RATE_LIMITED', `one user can have ${maxListenersOfUser} listeners at once`);
    if (this.#listeners.size >= maxListeners) throw new AppError('UNAVAILABLE', 'too many are listening already');
  }

  /** Throws as `requireRoom` does. Returns how to leave. */
  listen(listening: Listening, sink: LiveSink): () => void {
    this.requireRoom(listening.userId);
    const { hits, beatMs } = this.#options;
    const last = hits.lastId();
    // An id from the future is one of another database: nothing of it is known.
    const position = Math.min(listening.after ?? last, last);
    const listener: Listener = { ...listening, sink, position, fullSince: undefined };
    this.#listeners.add(listener);
    sink.begin(position);
    this.#beat ??= setInterval(() => this.#beatAll(), beatMs).unref();
    if (position < last) this.notify();
    return () => this.#remove(listener);
  }

  /** To be called when hits have been stored. */
  notify(): void {
    if (this.#listeners.size === 0) return;
    this.#tick ??= setTimeout(() => {
      this.#tick = undefined;
      this.#tellAll();
    }, this.#options.tickMs).unref();
  }

  stop(): void {
    for (const listener of this.#listeners) this.#end(listener, 'stopping');
  }

  #tellAll(): void {
    const last = this.#options.hits.lastId();
    const read = new Map<string, readonly StoredHit[]>();
    let isBehind = false;
    for (const listener of this.#listeners) {
      this.#tell(listener, last, read);
      isBehind ||= listener.position < last;
    }
    if (isBehind) this.notify();
  }

  #tell(listener: Listener, last: number, read: Map<string, readonly StoredHit[]>): void {
    const { sink, userId, linkId } = listener;
    if (!sink.isAllowed()) {
      this.#end(listener, 'key no longer valid');
      return;
    }
    if (this.#isFull(listener)) return;
    if (last - listener.position > maxBehind) {
      const start = last - idsAtOnce;
      sink.gap(listener.position, start + 1);
      listener.position = start;
    }
    const upTo = Math.min(last, listener.position + idsAtOnce);
    const key = `${userId} ${listener.position} ${upTo}`;
    let found = read.get(key);
    if (found === undefined) read.set(key, (found = this.#options.hits.between(listener.position, upTo, userId)));
    listener.position = upTo;
    for (const { id, linkId: hitLink, hit } of found) {
      if (linkId !== undefined && hitLink !== linkId) continue;
      sink.hit(hit);
      if (sink.pendingBytes <= maxPendingBytes) continue;
      listener.position = id;
      break;
    }
  }

  /** Whether it has more to take already than it should have; for too long, and it is one listener less. */
  #isFull(listener: Listener): boolean {
    if (listener.sink.pendingBytes <= maxPendingBytes) {
      listener.fullSince = undefined;
      return false;
    }
    const now = this.#options.clock.monotonic();
    listener.fullSince ??= now;
    if (now - listener.fullSince > maxFullMs) this.#end(listener, 'too slow');
    return true;
  }

  #beatAll(): void {
    for (const listener of this.#listeners) {
      if (!listener.sink.isAllowed()) this.#end(listener, 'key no longer valid');
      else if (!this.#isFull(listener)) listener.sink.beat(listener.position);
    }
  }

  #end(listener: Listener, reason: Parameters<LiveSink['end']>[0]): void {
    this.#remove(listener);
    listener.sink.end(reason);
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#beat);
    clearTimeout(this.#tick);
    this.#beat = undefined;
    this.#tick = undefined;
  }
}
