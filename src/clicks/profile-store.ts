// Reads profiles by their ids, many at a time.

import { BoundedCache } from '../core/bounded-cache.ts';
import type { Connection } from '../storage/query.ts';
import { addHits, type DaySummary, emptyTally, type StoredProfile } from './day-summary.ts';
import { countedVerdict } from './verdict.ts';

const cachedProfiles = 60_000;
const idsAtOnce = 10_000;

type ProfileRow = [
  id: number,
  verdict: number,
  country: string,
  device: string,
  browser: string,
  os: string,
  referrer: string,
  language: string,
];

export class Profiles {
  readonly #cache = new BoundedCache<number, StoredProfile>(cachedProfiles);
  readonly #find;

  constructor(connection: Connection) {
    // Rows as arrays: with ten thousand of them, naming every column of each would take longer than reading them.
    this.#find = connection
      .prepare<[string], ProfileRow>(
        `SELECT profiles.id, verdict, country, device, browser, os, referrer, language
         FROM json_each(?) AS wanted JOIN profiles ON profiles.id = wanted.value`,
      )
      .raw();
  }

  /** The profiles of these ids. Throws when one is missing: a roll-up refers to something that was never written. */
  all(ids: Iterable<number>): Map<number, StoredProfile> {
    const found = new Map<number, StoredProfile>();
    const unknown: number[] = [];
    for (const id of ids) {
      const cached = this.#cache.get(id);
      if (cached === undefined) unknown.push(id);
      else found.set(id, cached);
    }
    for (let start = 0; start < unknown.length; start += idsAtOnce) {
      this.#read(unknown.slice(start, start + idsAtOnce), found);
    }
    const missing = unknown.find((id) => !found.has(id));
    if (missing !== undefined) throw new Error(`a roll-up refers to profile ${missing}, which is missing`);
    return found;
  }

  /** The sums of a day with these hits by profile. Throws as `all` does. */
  summarise(hits: ReadonlyMap<number, number>): DaySummary {
    const summary: DaySummary = { counted: emptyTally(), uncounted: emptyTally() };
    for (const [id, profile] of this.all(hits.keys())) {
      addHits(profile.verdict === countedVerdict ? summary.counted : summary.uncounted, profile, hits.get(id)!);
    }
    return summary;
  }

  #read(ids: readonly number[], found: Map<number, StoredProfile>): void {
    const rows = this.#find.all(JSON.stringify(ids));
    for (const [id, verdict, country, device, browser, os, referrer, language] of rows) {
      const profile = { verdict, country, device, browser, os, referrer, language };
      found.set(id, profile);
      this.#cache.set(id, profile);
    }
  }
}
