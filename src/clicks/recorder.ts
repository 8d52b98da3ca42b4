// The main thread's side of recording: puts each hit into shared memory, hands a batch to the writer thread whenever that is
// free, and tells each redirect when its hit is safe. The queue is bounded: past it a redirect is answered and counted as uncounted.

import type { Durability } from '../storage/durability.ts';
import { pingWriter } from '../storage/ping.ts';
import type { ClickSource, TakenClicks, Writer } from '../storage/writer.ts';
import {
  type AgentEntry,
  batchBytes,
  type ClickBatch,
  ClickRecords,
  type ClickReply,
  dictionaryLimit,
  maxBatchClicks,
} from './click-batch.ts';
import { nowhere, type Place } from './place.ts';
import { noReferrer, type Referrer } from './referrer.ts';
import type { UserAgent } from './user-agent.ts';
import { countedVerdict, verdicts } from './verdict.ts';
import type { VisitContext } from './visit-context.ts';
import type { Visitor } from './visitors.ts';

/** Everything there is to store about one hit. */
export interface Hit {
  readonly linkId: number;
  readonly clickedAt: number;
  readonly visitor: Visitor;
  /** This and `context` are known by identity: equal ones should be the same object. */
  readonly referrer: Referrer;
  readonly context: VisitContext;
  /** Code of the verdict (clicks/verdict.ts); 0: counted. */
  readonly verdict: number;
  /** The link's click limit where this hit would use it up; 0: none. */
  readonly limit: number;
  /** Count it in the total, keep nothing of the visit (trackAnalytics: false). */
  readonly totalOnly: boolean;
}

/** Recorded: the hit is stored as durably as configured. Refused: the link's limit is used up. Unrecorded: nothing could be written. */
export type Outcome = 'recorded' | 'refused' | 'unrecorded';

export interface HitListener {
  settled(outcome: Outcome): void;
}

/** What both threads know by number. Number 0 is the empty entry. */
class Terms<Key, Entry> {
  readonly #numbers = new Map<Key, number>();
  readonly #empty: Key | undefined;
  readonly #entryOf: (key: Key) => Entry;
  #fresh: Entry[] = [];

  constructor(empty: Key | undefined, entryOf: (key: Key) => Entry) {
    this.#empty = empty;
    this.#entryOf = entryOf;
  }

  /** True when the dictionary should start anew, so that the next batch finds room for all its terms. */
  get nearlyFull(): boolean {
    return this.#numbers.size >= dictionaryLimit / 2 - 1;
  }

  number(key: Key): number {
    if (key === this.#empty) return 0;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(key, number);
      this.#fresh.push(this.#entryOf(key));
    }
    return number;
  }

  takeFresh(): Entry[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  restart(): void {
    this.#numbers.clear();
    this.#fresh = [];
  }
}

const same = <T>(entry: T): T => entry;
const agentEntry = ({ text, device, browser, browserVersion, os, osVersion }: UserAgent): AgentEntry => ({
  text,
  device,
  browser: browser ?? '',
  browserVersion: browserVersion ?? '',
  os: os ?? '',
  osVersion: osVersion ?? '',
});

const batchedDelayMs = 250;

/** Whoever keeps something by the clicks of links. */
export interface ClickWatcher {
  readonly wantsClicks: boolean;
  /** The links of counted and uncounted hits that were just committed. */
  clicked(linkIds: Iterable<number>): void;
}

export class Recorder implements ClickSource {
  onCommitted: ClickWatcher | undefined;
  /** Hits that were handed over, since the start. */
  taken = 0;
  /** Hits that were redirected but could not be stored, since the start. */
  uncounted = 0;
  /** Told after every transaction that stored hits. */
  onStored: () => void = () => {};
  /** Those of them that found the queue full. */
  overflowed = 0;
  /** Hits that found their link's limit used up, since the start. */
  refused = 0;
  /** Hits stored since the start, by the code of their verdict. */
  readonly recorded = new Float64Array(verdicts.length);
  readonly #writer: Writer;
  #durability: Durability;
  readonly #memory: readonly [SharedArrayBuffer, SharedArrayBuffer];
  readonly #records: readonly [ClickRecords, ClickRecords];
  readonly #places = new Terms<Place, Place>(nowhere, same);
  readonly #agents = new Terms<UserAgent, AgentEntry>(undefined, agentEntry);
  readonly #referrers = new Terms<Referrer, Referrer>(noReferrer, same);
  readonly #contexts = new Terms<VisitContext, VisitContext>(undefined, same);
  #filling: 0 | 1 = 0;
  #count = 0;
  #limitedCount = 0;
  #verdicts = new Uint32Array(verdicts.length);
  #restart = false;
  #waiting: (HitListener | undefined)[] = [];
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Whether what waits goes into the next transaction; `batched` hits gather first. */
  #isDue: boolean;

  constructor(writer: Writer, memory: readonly [SharedArrayBuffer, SharedArrayBuffer], durability: Durability) {
    this.#writer = writer;
    this.#memory = memory;
    this.#records = [new ClickRecords(memory[0]), new ClickRecords(memory[1])];
    this.#durability = durability;
    this.#isDue = durability !== 'batched';
    writer.attachClicks(this);
  }

  /** Two buffers to share with the writer thread: one is filled while the other is written. */
  static sharedMemory(): [SharedArrayBuffer, SharedArrayBuffer] {
    return [new SharedArrayBuffer(batchBytes), new SharedArrayBuffer(batchBytes)];
  }

  get memory(): readonly [SharedArrayBuffer, SharedArrayBuffer] {
    return this.#memory;
  }

  /** Hits that wait for their transaction. */
  get depth(): number {
    return this.#count + this.#inFlight;
  }

  /**
   * Stores one hit and tells the listener once. Under `batched` durability a hit without a limit is told at once;
   * a limited one always waits for its commit.
   */
  record(hit: Hit, listener: HitListener): void {
    this.taken++;
    if (this.#count >= maxBatchClicks) {
      this.#overflow(hit, listener);
      return;
    }
    const { visitor } = hit;
    const position = this.#count++;
    this.#verdicts[hit.verdict]!++;
    this.#records[this.#filling].put(position, {
      linkId: hit.linkId,
      clickedAt: hit.clickedAt,
      verdict: hit.verdict,
      place: this.#places.number(visitor.place),
      agent: this.#agents.number(visitor.userAgent),
      referrer: this.#referrers.number(hit.referrer),
      context: this.#contexts.number(hit.context),
      visitor: visitor.hash,
      sketch: visitor.sketchEntry,
      address: visitor.address,
      limit: hit.limit,
      totalOnly: hit.totalOnly,
    });
    if (hit.limit > 0) this.#limitedCount++;
    const isAnsweredFirst = this.#durability === 'batched' && hit.limit === 0;
    this.#waiting.push(isAnsweredFirst ? undefined : listener);
    if (isAnsweredFirst) {
      listener.settled('recorded');
      this.#wakeLater();
    } else if (this.#isDue) this.#writer.wake();
    else this.#wakeNow();
  }

  /** Resolves once every hit recorded before this call has been written or has failed. */
  async flush(): Promise<void> {
    this.#wakeNow();
    await this.#writer.idle();
  }

  /**
   * The same under any load: does not wait for hits that come after this call. Rejects with UNAVAILABLE where nothing can be written.
   */
  async catchUp(): Promise<void> {
    this.#wakeNow();
    // The transaction that it is in takes along every hit that waits now.
    await this.#writer.run(pingWriter, null);
  }

  /** From now on nobody is sent on before their hit is stored: the process is about to end, and what waits in its memory with it. */
  answerOnlyStored(): void {
    this.#durability = 'process';
    this.#isDue = true;
  }

  take(): TakenClicks | undefined {
    if (this.#count === 0 || !this.#isDue) return undefined;
    this.#isDue = this.#durability !== 'batched';
    const batch: ClickBatch = {
      buffer: this.#filling,
      count: this.#count,
      limited: this.#limitedCount > 0,
      restart: this.#restart,
      terms: {
        place: this.#places.takeFresh(),
        agent: this.#agents.takeFresh(),
        referrer: this.#referrers.takeFresh(),
        context: this.#contexts.takeFresh(),
      },
    };
    const listeners = this.#waiting;
    const taken = this.#verdicts;
    this.#verdicts = new Uint32Array(verdicts.length);
    // A hit on a limited link is not redirected uncounted.
    const unlimited = this.#count - this.#limitedCount;
    this.#waiting = [];
    this.#filling = this.#filling === 0 ? 1 : 0;
    this.#count = 0;
    this.#limitedCount = 0;
    this.#inFlight += listeners.length;
    // Between two batches is the only moment at which no waiting record refers to the dictionaries.
    const dictionaries = [this.#places, this.#agents, this.#referrers, this.#contexts];
    this.#restart = dictionaries.some((terms) => terms.nearlyFull);
    if (this.#restart) for (const terms of dictionaries) terms.restart();
    return {
      batch,
      committed: (reply) => {
        this.#inFlight -= listeners.length;
        // The buffer is filled again only by hits of later turns.
        if (this.onCommitted?.wantsClicks === true) this.onCommitted.clicked(this.#linksOf(batch));
        this.#countRecorded(taken, (reply as ClickReply).refused.length);
        tellCommitted(listeners, reply as ClickReply);
        this.onStored();
      },
      failed: () => {
        this.#inFlight -= listeners.length;
        this.uncounted += unlimited;
        for (const listener of listeners) listener?.settled('unrecorded');
      },
    };
  }

  *#linksOf({ buffer, count }: ClickBatch): Generator<number> {
    for (let position = 0; position < count; position++) yield this.#records[buffer].linkId(position);
  }

  #countRecorded(taken: Uint32Array, refused: number): void {
    taken.forEach((count, code) => (this.recorded[code]! += count));
    // Only a hit that counts uses up a limit.
    this.recorded[countedVerdict]! -= refused;
    this.refused += refused;
  }

  #overflow(hit: Hit, listener: HitListener): void {
    if (hit.limit === 0) {
      this.uncounted++;
      this.overflowed++;
    }
    this.#wakeNow();
    listener.settled('unrecorded');
  }

  #wakeLater(): void {
    if (this.#count >= maxBatchClicks / 2) this.#wakeNow();
    else this.#timer ??= setTimeout(() => this.#wakeNow(), batchedDelayMs);
  }

  #wakeNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = true;
    this.#writer.wake();
  }
}

function tellCommitted(listeners: (HitListener | undefined)[], { refused }: ClickReply): void {
  for (const position of refused) {
    listeners[position]?.settled('refused');
    listeners[position] = undefined;
  }
  for (const listener of listeners) listener?.settled('recorded');
}
