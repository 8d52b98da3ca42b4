// Reads profiles by their ids, many at a time.

import { BoundedCache } from '../core/bounded-cache.ts';
import type { Connection } from '../storage/query.ts';
import type { StoredProfile } from './day-summary.ts';

const cachedProfiles = 20_000;

export class Profiles {
  readonly #cache = new BoundedCache<number, StoredProfile>(cachedProfiles);
  readonly #find;

  constructor(connection: Connection) {
    this.#find = connection.prepare<[string], StoredProfile & { id: number }>(
      `SELECT profiles.id, verdict, country, device, browser, os, referrer, language
       FROM json_each(?) AS wanted JOIN profiles ON profiles.id = wanted.value`,
    );
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
    if (unknown.length > 0) {
      for (const profile of this.#find.iterate(JSON.stringify(unknown))) {
        found.set(profile.id, profile);
        this.#cache.set(profile.id, profile);
      }
      const missing = unknown.find((id) => !found.has(id));
      if (missing !== undefined) throw new Error(`a roll-up refers to profile ${missing}, which is missing`);
    }
    return found;
  }
}
