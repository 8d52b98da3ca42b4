// Hits as tests describe them, made into what the server's own classes hand to the recorder.

import { createHash } from 'node:crypto';
import { nowhere, type Place } from '../../src/clicks/place.ts';
import type { Hit } from '../../src/clicks/recorder.ts';
import { noReferrer, type Referrer } from '../../src/clicks/referrer.ts';
import type { UserAgent } from '../../src/clicks/user-agent.ts';
import type { VisitContext } from '../../src/clicks/visit-context.ts';
import { sketchEntry } from '../../src/clicks/visitor-sketch.ts';

/** One hit as a test describes it; what is left out is unknown. */
export interface TestHit {
  readonly linkId?: number;
  readonly at: number;
  /** Tells visitors apart; also stored as their hash. */
  readonly visitor?: number;
  /** The User-Agent header; device, browser and system can be given apart. */
  readonly agent?: string;
  readonly device?: UserAgent['device'];
  readonly browser?: string;
  readonly browserVersion?: string;
  readonly os?: string;
  readonly osVersion?: string;
  readonly country?: string;
  readonly region?: string;
  readonly city?: string;
  /** Host of the referring page. */
  readonly referrer?: string;
  /** Its path, from `/`. */
  readonly referrerPath?: string;
  readonly language?: string;
  readonly utmSource?: string;
  readonly utmMedium?: string;
  readonly utmCampaign?: string;
  readonly utmTerm?: string;
  readonly utmContent?: string;
  readonly target?: VisitContext['target'];
  readonly qr?: string;
  readonly address?: Buffer;
  readonly verdict?: number;
  readonly limit?: number;
  readonly totalOnly?: boolean;
}

export class TestHits {
  // As the server's caches do: one object for equal ones.
  readonly #known = new Map<string, unknown>();

  hit(hit: TestHit): Hit {
    const visitor = hit.visitor ?? 0;
    return {
      linkId: hit.linkId ?? 1,
      clickedAt: hit.at,
      visitor: {
        userAgent: this.#agent(hit),
        place: this.#place(hit),
        isFiltered: false,
        address: hit.address ?? null,
        hash: visitor,
        sketchEntry: sketchEntryOf(visitor),
      },
      referrer: this.#referrer(hit),
      context: this.#context(hit),
      verdict: hit.verdict ?? 0,
      limit: hit.limit ?? 0,
      totalOnly: hit.totalOnly ?? false,
    };
  }

  #place({ country, region, city }: TestHit): Place {
    if (country === undefined && region === undefined && city === undefined) return nowhere;
    const known = { country: country || null, region: region || null, city: city || null };
    return this.#same({ ...nowhere, ...known });
  }

  #agent({ agent = '', device = 'desktop', browser, browserVersion, os, osVersion }: TestHit): UserAgent {
    return this.#same({
      text: agent,
      device,
      browser: browser ?? null,
      browserVersion: browserVersion ?? null,
      os: os ?? null,
      osVersion: osVersion ?? null,
      platform: null,
      automation: null,
    });
  }

  #referrer({ referrer = '', referrerPath = '/' }: TestHit): Referrer {
    return referrer === '' ? noReferrer : this.#same({ url: `https://${referrer}${referrerPath}`, host: referrer });
  }

  #context({
    language = '',
    utmSource = '',
    utmMedium = '',
    utmCampaign = '',
    utmTerm = '',
    utmContent = '',
    target = 'destination',
    qr = '',
  }: TestHit): VisitContext {
    const utm = { source: utmSource, medium: utmMedium, campaign: utmCampaign, term: utmTerm, content: utmContent };
    return this.#same({ language, utm, target, qr });
  }

  #same<T>(value: T): T {
    const key = JSON.stringify(value);
    let known = this.#known.get(key) as T | undefined;
    if (known === undefined) this.#known.set(key, (known = value));
    return known;
  }
}

/** Evenly spread, as the keyed hash of a real visitor is. */
export function sketchEntryOf(visitor: number): number {
  const hash = createHash('sha256').update(`visitor ${visitor}`).digest();
  return sketchEntry(hash.readUInt32BE(0), hash.readUInt32BE(4));
}
