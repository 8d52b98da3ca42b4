// How clicks cross from the main thread to the writer thread: fixed-width records in shared memory, and the few
// texts that are new since the batch before. Nothing is copied or serialised per click.

/** The most clicks one transaction takes; as many again may wait meanwhile. */
export const maxBatchClicks = 16_384;

const slotsPerClick = 8;
const slot = { linkId: 0, clickedAt: 1, kind: 2, visitor: 3, sketch: 4, address: 5, meta: 7 } as const;
const bytesPerClick = slotsPerClick * 8;
export const batchBytes = maxBatchClicks * bytesPerClick;

// The kind of a visit is one number: user agent, referrer, language, country and verdict, each an index into a dictionary
// that both threads keep. Together they stay below 2^53, so that a Map keyed by it needs no string. Number 0 is the empty
// entry; user agents and referrers have room for twice as many as a batch can bring.
export const dictionaryLimits = {
  userAgents: 2 ** 15,
  referrers: 2 ** 15,
  languages: 2 ** 9,
  countries: 2 ** 10,
} as const;
const verdictLimit = 2 ** 4;

export interface Kind {
  readonly userAgent: number;
  readonly referrer: number;
  readonly language: number;
  readonly country: number;
  readonly verdict: number;
}

export function packKind(
  userAgent: number,
  referrer: number,
  language: number,
  country: number,
  verdict: number,
): number {
  return (
    (((userAgent * dictionaryLimits.referrers + referrer) * dictionaryLimits.languages + language) *
      dictionaryLimits.countries +
      country) *
      verdictLimit +
    verdict
  );
}

export function unpackKind(kind: number): Kind {
  const verdict = kind % verdictLimit;
  let rest = (kind - verdict) / verdictLimit;
  const country = rest % dictionaryLimits.countries;
  rest = (rest - country) / dictionaryLimits.countries;
  const language = rest % dictionaryLimits.languages;
  rest = (rest - language) / dictionaryLimits.languages;
  const referrer = rest % dictionaryLimits.referrers;
  return { userAgent: (rest - referrer) / dictionaryLimits.referrers, referrer, language, country, verdict };
}

/** What the writer thread needs to know of a user agent. */
export interface AgentEntry {
  readonly text: string;
  readonly device: string;
  readonly browser: string;
  readonly os: string;
}

/** Dictionary entries that this batch uses for the first time; index n of a list continues where the last batch ended. */
export interface NewTerms {
  readonly userAgents: readonly AgentEntry[];
  readonly referrers: readonly string[];
  readonly languages: readonly string[];
  readonly countries: readonly string[];
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

const flag = { limited: 1, totalOnly: 2 } as const;
const addressLengthShift = 4; // meta = flags + address length * 16

/** One side's view of a shared buffer. */
export class ClickRecords {
  readonly #numbers: Float64Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#numbers = new Float64Array(memory);
    this.#bytes = new Uint8Array(memory);
  }

  /**
   * @param visitor 48 bits
   * @param limit the link's click limit; 0: none
   * @param totalOnly count it, but keep nothing of the visit
   */
  put(
    position: number,
    linkId: number,
    clickedAt: number,
    kind: number,
    visitor: number,
    sketch: number,
    address: Uint8Array | null,
    limit: number,
    totalOnly: boolean,
  ): void {
    const base = position * slotsPerClick;
    const numbers = this.#numbers;
    numbers[base + slot.linkId] = linkId;
    numbers[base + slot.clickedAt] = clickedAt;
    numbers[base + slot.kind] = kind;
    numbers[base + slot.visitor] = visitor;
    // The limit shares a slot with the 16-bit sketch entry: limits stay below 2^32.
    numbers[base + slot.sketch] = limit * 65_536 + sketch;
    let meta = (limit > 0 ? flag.limited : 0) | (totalOnly ? flag.totalOnly : 0);
    if (address !== null) {
      meta |= address.length << addressLengthShift;
      const start = (base + slot.address) * 8;
      for (let i = 0; i < address.length; i++) this.#bytes[start + i] = address[i] as number;
    }
    numbers[base + slot.meta] = meta;
  }

  linkId(position: number): number {
    return this.#numbers[position * slotsPerClick + slot.linkId] as number;
  }

  clickedAt(position: number): number {
    return this.#numbers[position * slotsPerClick + slot.clickedAt] as number;
  }

  kind(position: number): number {
    return this.#numbers[position * slotsPerClick + slot.kind] as number;
  }

  visitor(position: number): number {
    return this.#numbers[position * slotsPerClick + slot.visitor] as number;
  }

  sketch(position: number): number {
    return (this.#numbers[position * slotsPerClick + slot.sketch] as number) % 65_536;
  }

  /** 0: no limit. */
  limit(position: number): number {
    return Math.floor((this.#numbers[position * slotsPerClick + slot.sketch] as number) / 65_536);
  }

  totalOnly(position: number): boolean {
    return ((this.#numbers[position * slotsPerClick + slot.meta] as number) & flag.totalOnly) !== 0;
  }

  /** A copy of the address's 4 or 16 bytes, or null. */
  address(position: number): Buffer | null {
    const length = (this.#numbers[position * slotsPerClick + slot.meta] as number) >> addressLengthShift;
    if (length === 0) return null;
    const start = (position * slotsPerClick + slot.address) * 8;
    return Buffer.from(this.#bytes.subarray(start, start + length));
  }
}
