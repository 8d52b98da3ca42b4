// A closed day of one link in a few bytes: hits by profile and quarter-hour, as variable-length numbers. Exact, so that any
// breakdown, time zone and filter can still be answered from it.
//
// Layout: the version (1), then for each profile in ascending order: difference to the profile before, number of entries,
// and for each entry in ascending order: difference to the quarter before (the first: to 0), hits.

import { strict as assert } from 'node:assert';
import { quartersPerDay } from '../core/periods.ts';

const version = 1;
const maxVarintBytes = 8;

export interface CubeEntry {
  readonly profileId: number;
  /** Quarter-hour within the day, 0 to 95. */
  readonly quarter: number;
  readonly clicks: number;
}

class VarintWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  put(value: number): void {
    if (this.#length + maxVarintBytes > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }
}

/** @param entries in any order; entries of the same profile and quarter are added up */
export function encodeCube(entries: readonly CubeEntry[]): Buffer {
  const sorted = entries.toSorted((a, b) => a.profileId - b.profileId || a.quarter - b.quarter);
  const profiles = new Map<number, Map<number, number>>();
  for (const { profileId, quarter, clicks } of sorted) {
    assert(quarter >= 0 && quarter < quartersPerDay && clicks > 0);
    let quarters = profiles.get(profileId);
    if (quarters === undefined) profiles.set(profileId, (quarters = new Map<number, number>()));
    quarters.set(quarter, (quarters.get(quarter) ?? 0) + clicks);
  }
  const writer = new VarintWriter();
  writer.put(version);
  let lastProfile = 0;
  for (const [profileId, quarters] of profiles) {
    writer.put(profileId - lastProfile);
    writer.put(quarters.size);
    let lastQuarter = 0;
    for (const [quarter, clicks] of quarters) {
      writer.put(quarter - lastQuarter);
      writer.put(clicks);
      lastQuarter = quarter;
    }
    lastProfile = profileId;
  }
  return writer.finish();
}

/** Calls `visit` once for each entry, profiles in ascending order. Throws when the bytes are no cube of a known version. */
export function readCube(bytes: Uint8Array, visit: (profileId: number, quarter: number, clicks: number) => void): void {
  let position = 0;
  const next = (): number => {
    let byte = bytes[position++];
    if (byte === undefined) throw new Error('a day cube ends too early');
    if (byte < 128) return byte;
    let value = byte - 128;
    let scale = 128;
    do {
      byte = bytes[position++];
      if (byte === undefined) throw new Error('a day cube ends too early');
      value += (byte % 128) * scale;
      scale *= 128;
    } while (byte >= 128);
    return value;
  };
  const found = next();
  if (found !== version) throw new Error(`a day cube has version ${found}, this program knows ${version}`);
  let profileId = 0;
  while (position < bytes.length) {
    profileId += next();
    let quarter = 0;
    for (let left = next(); left > 0; left--) {
      quarter += next();
      visit(profileId, quarter, next());
    }
  }
}
