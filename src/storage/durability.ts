// How far a commit goes before a redirect is answered, and the measurement behind `auto`.

import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';

export const durabilities = ['power', 'process', 'batched'] as const;

/**
 * `power`: fsync before the answer; survives a power cut. `process`: handed to the operating system before the answer;
 * survives a crash of the process. `batched`: answered first, written within 250 ms; a crash may lose that much.
 */
export type Durability = (typeof durabilities)[number];

const probes = 7;
const slowFsyncMs = 5;

/** The median time of appending a page and calling fsync in this folder, in milliseconds. */
export function measureFsyncMs(folder: string, clock: Clock): number {
  const file = join(folder, `.fsync-${process.pid}`);
  const page = Buffer.alloc(4096, 1);
  const times: number[] = [];
  const descriptor = openSync(file, 'w', 0o600);
  try {
    for (let probe = 0; probe < probes; probe++) {
      const start = clock.monotonic();
      writeSync(descriptor, page);
      fsyncSync(descriptor);
      times.push(clock.monotonic() - start);
      // A disk this slow needs no median, and the start should not wait for one.
      if (times.length >= 2 && Math.min(...times) > slowFsyncMs) break;
    }
  } finally {
    closeSync(descriptor);
    rmSync(file, { force: true });
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1] as number;
}

/** `auto` takes `power` where a commit's fsync costs less than 5 ms, else `process`. */
export function durabilityFor(fsyncMs: number): Durability {
  return fsyncMs < slowFsyncMs ? 'power' : 'process';
}
