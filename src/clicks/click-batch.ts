// How clicks cross from the main thread to the writer thread: fixed-width records in shared memory, and the few
// entries of dictionaries that are new since the batch before. Nothing is copied or serialised per click.

import type { Place } from './place.ts';
import type { Referrer } from './referrer.ts';
import type { VisitContext } from './visit-context.ts';

/** The most clicks one transaction takes; as many again may wait meanwhile. */
export const maxBatchClicks = 16_384;

const bytesPerClick = 56;
export const batchBytes = maxBatchClicks * bytesPerClick;
// Offsets in a record; those of numbers are multiples of their size.
const offset = {
  linkId: 0,
  clickedAt: 8,
  visitor: 16,
  limit: 24,
  sketch: 28,
  verdict: 30,
  meta: 31,
  place: 32,
  agent: 34,
  referrer: 36,
  context: 38,
  address: 40,
} as const;

/**
 * Entries of each dictionary that both threads number; number 0 is the empty entry. Room for twice as many as a batch can bring,
 * so that one which is half full can start anew between two batches.
 */
export const dictionaryLimit = 2 * maxBatchClicks;

/** What the writer thread needs to know of a user agent. */
export interface AgentEntry {
  readonly text: string;
  readonly device: string;
  readonly browser: string;
  readonly browserVersion: string;
  readonly os: string;
  readonly osVersion: string;
}

/** Dictionary entries that this batch uses for the first time; index n of a list continues where the last batch ended. */
export interface NewTerms {
  readonly place: readonly Place[];
  readonly agent: readonly AgentEntry[];
  readonly referrer: readonly Referrer[];
  readonly context: readonly VisitContext[];
}

export interface ClickBatch {
  /** Which of the two shared buffers holds the records. */
  readonly buffer: 0 | 1;
  readonly count: number;
  /** Some of the clicks use up a limit: the batch is committed with an fsync whatever the server's durability. */
  readonly limited: boolean;
  /** Both threads started their dictionaries anew before this batch; keeps them bounded. */
  readonly restart: boolean;
  readonly terms: NewTerms;
}

export interface ClickReply {
  /** Positions in the batch whose link had no click left: not recorded, not to be redirected. */
  readonly refused: readonly number[];
}

/** One click in numbers; those of dictionary entries are the recorder's. */
export interface ClickRecord {
  readonly linkId: number;
  readonly clickedAt: number;
  readonly verdict: number;
  readonly place: number;
  readonly agent: number;
  readonly referrer: number;
  readonly context: number;
  /** 48 bits */
  readonly visitor: number;
  readonly sketch: number;
  readonly address: Uint8Array | null;
  /** The link's click limit where this click would use it up; 0: none. */
  readonly limit: number;
  /** Count it, but keep nothing of the visit. */
  readonly totalOnly: boolean;
}

const totalOnlyFlag = 1;
const addressLengthShift = 1; // meta = flag + address length * 2

/** One side's view of a shared buffer. */
export class ClickRecords {
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#doubles = new Float64Array(memory);
    this.#words = new Uint32Array(memory);
    this.#halves = new Uint16Array(memory);
    this.#bytes = new Uint8Array(memory);
  }

  put(position: number, click: ClickRecord): void {
    const start = position * bytesPerClick;
    const doubles = start / 8;
    const halves = start / 2;
    this.#doubles[doubles + offset.linkId / 8] = click.linkId;
    this.#doubles[doubles + offset.clickedAt / 8] = click.clickedAt;
    this.#doubles[doubles + offset.visitor / 8] = click.visitor;
    this.#words[(start + offset.limit) / 4] = click.limit;
    this.#halves[halves + offset.sketch / 2] = click.sketch;
    this.#halves[halves + offset.place / 2] = click.place;
    this.#halves[halves + offset.agent / 2] = click.agent;
    this.#halves[halves + offset.referrer / 2] = click.referrer;
    this.#halves[halves + offset.context / 2] = click.context;
    const { address } = click;
    const length = address === null ? 0 : address.length;
    this.#bytes[start + offset.verdict] = click.verdict;
    this.#bytes[start + offset.meta] = (click.totalOnly ? totalOnlyFlag : 0) | (length << addressLengthShift);
    for (let i = 0; i < length; i++) this.#bytes[start + offset.address + i] = address![i]!;
  }

  linkId(position: number): number {
    return this.#doubles[(position * bytesPerClick + offset.linkId) / 8]!;
  }

  clickedAt(position: number): number {
    return this.#doubles[(position * bytesPerClick + offset.clickedAt) / 8]!;
  }

  visitor(position: number): number {
    return this.#doubles[(position * bytesPerClick + offset.visitor) / 8]!;
  }

  /** 0: no limit. */
  limit(position: number): number {
    return this.#words[(position * bytesPerClick + offset.limit) / 4]!;
  }

  sketch(position: number): number {
    return this.#halves[(position * bytesPerClick + offset.sketch) / 2]!;
  }

  verdict(position: number): number {
    return this.#bytes[position * bytesPerClick + offset.verdict]!;
  }

  /** The number of an entry of a dictionary. */
  term(position: number, kind: 'place' | 'agent' | 'referrer' | 'context'): number {
    return this.#halves[(position * bytesPerClick + offset[kind]) / 2]!;
  }

  totalOnly(position: number): boolean {
    return (this.#bytes[position * bytesPerClick + offset.meta]! & totalOnlyFlag) !== 0;
  }

  /** A copy of the address's 4 or 16 bytes, or null. */
  address(position: number): Buffer | null {
    const start = position * bytesPerClick;
    const length = this.#bytes[start + offset.meta]! >> addressLengthShift;
    if (length === 0) return null;
    return Buffer.from(this.#bytes.subarray(start + offset.address, start + offset.address + length));
  }
}
