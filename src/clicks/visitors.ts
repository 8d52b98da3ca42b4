// Who a request comes from, as far as it is stored: place, device and browser, a hash that cannot be turned back, and the
// address as privacy.ip allows. Computed once a visitor and day, then remembered in a bounded cache.

import { BoundedCache, type CacheCounts } from '../core/bounded-cache.ts';
import { KeyedHash } from '../core/keyed-hash.ts';
import { utcDay } from '../core/periods.ts';
import { type AddressPrivacy, storedAddress } from './address-privacy.ts';
import type { Place } from './place.ts';
import { maxUserAgentLength, type UserAgent, type UserAgents } from './user-agent.ts';
import { type SketchEntry, sketchEntry } from './visitor-sketch.ts';

export interface Visitor {
  readonly userAgent: UserAgent;
  /** One object for each place, so that it can be a key. */
  readonly place: Place;
  /** Whether the address is in one of the operator's filtered networks. */
  readonly isFiltered: boolean;
  /** What may be stored of the address. */
  readonly address: Buffer | null;
  /** 48 bits that differ from visitor to visitor and from day to day. */
  readonly hash: number;
  /** For counting different visitors over several days; tells 4,096 groups of visitors apart, never one visitor. */
  readonly sketchEntry: SketchEntry;
}

export interface VisitorKeys {
  /** Random, thrown away when the day is over: afterwards nobody can connect a stored hash with an address. */
  dailySalt(day: number): Buffer;
  /** Kept: sketches of different days must agree about a visitor to be merged. */
  readonly sketchKey: Buffer;
}

/** The longest address in text form, the separator, and the header as UTF-8. */
const maxIdentityBytes = 64 + 3 * maxUserAgentLength;

/** Something that is swapped while the server runs. What was learnt from it holds until `generation` has risen. */
interface Swapped {
  readonly generation: number;
}

interface VisitorsOptions {
  readonly userAgents: UserAgents;
  readonly geo: Swapped & { place(address: string): Place };
  readonly filteredNetworks: Swapped & { has(address: string): boolean };
  readonly keys: VisitorKeys;
  readonly privacy: AddressPrivacy;
  readonly capacity: number;
}

export class Visitors {
  readonly #options: VisitorsOptions;
  readonly #known: BoundedCache<string, Visitor>;
  /** Short keys for parsed headers: hashing a hundred characters more for every click shows in a profile. */
  readonly #agentNumbers = new WeakMap<UserAgent, number>();
  #lastAgentNumber = 0;
  readonly #sketchHash: KeyedHash;
  #day = -1;
  #generation = 0;
  /** Under the day's salt. */
  #dayHash: KeyedHash | undefined;

  constructor(options: VisitorsOptions) {
    this.#options = options;
    this.#known = new BoundedCache(options.capacity);
    this.#sketchHash = new KeyedHash(options.keys.sketchKey, maxIdentityBytes);
  }

  get cache(): CacheCounts {
    return this.#known;
  }

  /** @param address the client's, in canonical text form */
  identify(address: string, userAgentHeader: string | undefined, now: number): Visitor {
    const day = utcDay(now);
    const { geo, filteredNetworks, userAgents } = this.#options;
    // Both only ever rise, and so does their sum.
    const generation = geo.generation + filteredNetworks.generation;
    if (day !== this.#day || generation !== this.#generation) {
      this.#forget();
      this.#dayHash = new KeyedHash(this.#options.keys.dailySalt(day), maxIdentityBytes);
      this.#day = day;
      this.#generation = generation;
    }
    const userAgent = userAgents.parse(userAgentHeader);
    const key = `${address} ${this.#numberOf(userAgent)}`;
    let visitor = this.#known.get(key);
    if (visitor === undefined) {
      visitor = this.#compute(address, userAgent, this.#dayHash as KeyedHash);
      this.#known.set(key, visitor);
    }
    return visitor;
  }

  /** Forgets everybody who came before `today`, and the salt with which they were told apart. */
  forgetBefore(today: number): void {
    if (this.#day === -1 || this.#day >= today) return;
    this.#forget();
    this.#day = -1;
  }

  #numberOf(userAgent: UserAgent): number {
    let number = this.#agentNumbers.get(userAgent);
    if (number === undefined) this.#agentNumbers.set(userAgent, (number = ++this.#lastAgentNumber));
    return number;
  }

  #forget(): void {
    this.#known.clear();
    this.#dayHash?.forget();
    this.#dayHash = undefined;
  }

  #compute(address: string, userAgent: UserAgent, dayHash: KeyedHash): Visitor {
    const { geo, filteredNetworks, privacy } = this.#options;
    // A header cannot contain a line feed, so the pair is unambiguous; the parsed text is cut to a bounded length.
    const identity = `${address}\n${userAgent.text}`;
    const sketchHash = this.#sketchHash.digest(identity);
    return {
      userAgent,
      place: geo.place(address),
      isFiltered: filteredNetworks.has(address),
      address: storedAddress(address, privacy),
      hash: dayHash.digest(identity).readUIntBE(0, 6),
      sketchEntry: sketchEntry(sketchHash.readUInt32BE(0), sketchHash.readUInt32BE(4)),
    };
  }
}
