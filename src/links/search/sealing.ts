// Keeps the search fast: seals entries into segments, folds in the dead, gives up segments that are mostly dead. Looks for one
// chore at a time on a thread of its own; every write goes through the writer thread, and whatever is interrupted is done again.

import type { Connection } from '../../storage/query.ts';
import type { Writer } from '../../storage/writer.ts';
import { Searcher } from './searcher.ts';
import { findDiscardedSegment, hasSealedEntries, usersWithOpenEntries } from './search-store.ts';
import {
  beginSegment,
  completeSegment,
  discardSegment,
  foldDeadEntries,
  forgetSealedEntries,
  putSegmentParts,
  reopenEntries,
} from './search-write-store.ts';
import { buildSegment } from './segment-builder.ts';
import { maxDocuments, maxTextBytes, type Part, type Segment, type SegmentOutline } from './segment-parts.ts';
import { SegmentReader } from './segment-reader.ts';

const maxUnfolded = 64;
const batchBytes = 1024 * 1024;

export type Chore =
  | { readonly kind: 'discard'; readonly segmentId: number }
  | { readonly kind: 'forget'; readonly userId: number; readonly lastSealed: number }
  | { readonly kind: 'fold'; readonly segmentId: number }
  | { readonly kind: 'reopen'; readonly segmentId: number }
  | { readonly kind: 'seal'; readonly userId: number; readonly firstEntry: number; readonly lastEntry: number };

/** Entries that a segment is to be made of. */
export type EntryRange = Omit<Chore & { kind: 'seal' }, 'kind'>;

/** How the main thread asks the sealing thread. */
export interface ChoreSource {
  /** The next thing to do for these users; undefined: nothing is left. */
  next(userIds: readonly number[]): Promise<Chore | undefined>;
  /** Builds a segment of those entries that are left in the range; undefined: none is. */
  build(range: EntryRange): Promise<SegmentOutline | undefined>;
  /** The next parts of the segment that was built; none at its end. */
  parts(): Promise<readonly Part[]>;
}

/** As many of the oldest entries as fill a segment, or undefined where there are too few to bother. */
function rangeToSeal({ reads }: Searcher, userId: number, lastSealed: number): EntryRange | undefined {
  const { entries, bytes } = reads.openSize(userId, lastSealed, maxDocuments);
  if (entries < maxDocuments && bytes < maxTextBytes) return undefined;
  let size = 0;
  let lastEntry = lastSealed;
  for (const { entry, text } of reads.openEntries(userId, lastSealed, maxDocuments)) {
    size += Buffer.byteLength(text) + 1;
    if (size > maxTextBytes) break;
    lastEntry = entry;
  }
  return { userId, firstEntry: lastSealed + 1, lastEntry };
}

/** The sealing thread's side. */
export class Sealer {
  readonly #connection: Connection;
  readonly #searcher: Searcher;
  #parts: readonly Part[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#searcher = new Searcher(connection);
  }

  next(userIds: readonly number[]): Chore | undefined {
    const discarded = findDiscardedSegment(this.#connection);
    if (discarded !== undefined) return { kind: 'discard', segmentId: discarded };
    for (const userId of userIds) {
      const chore = this.#searcher.reads.atOnce(() => this.#nextOf(userId));
      if (chore !== undefined) return chore;
    }
    return undefined;
  }

  build({ userId, firstEntry, lastEntry }: EntryRange): SegmentOutline | undefined {
    const entries = this.#searcher.reads.openEntries(userId, firstEntry - 1, maxDocuments);
    const inRange = entries.filter(({ entry }) => entry <= lastEntry);
    if (inRange.length === 0) return undefined;
    const { parts, ...outline } = buildSegment(inRange);
    this.#parts = parts;
    return outline;
  }

  parts(): readonly Part[] {
    let bytes = 0;
    const end = this.#parts.findIndex((part) => (bytes += part.bytes.length) > batchBytes);
    const batch = this.#parts.slice(0, end === -1 ? undefined : Math.max(1, end));
    this.#parts = this.#parts.slice(batch.length);
    return batch;
  }

  #nextOf(userId: number): Chore | undefined {
    const segments = this.#searcher.reads.segments(userId);
    const lastSealed = segments.reduce((last, { lastEntry }) => Math.max(last, lastEntry), 0);
    if (hasSealedEntries(this.#connection, userId, lastSealed)) return { kind: 'forget', userId, lastSealed };
    for (const segment of segments) {
      const kind = this.#isMostlyDead(userId, segment)
        ? 'reopen'
        : this.#searcher.reads.dead(userId, segment).length > maxUnfolded
          ? 'fold'
          : undefined;
      if (kind !== undefined) return { kind, segmentId: segment.id };
    }
    const range = rangeToSeal(this.#searcher, userId, lastSealed);
    return range && { kind: 'seal', ...range };
  }

  #isMostlyDead(userId: number, segment: Segment): boolean {
    const reader = new SegmentReader(segment, this.#searcher.readPart);
    return this.#searcher.living(userId, segment, reader).size * 2 < segment.documents;
  }
}

/** Who has so much to be sealed that it is worth starting a thread for. */
export function usersToTend(reader: Connection): number[] {
  return usersWithOpenEntries(reader, maxDocuments);
}

async function repeat(step: () => Promise<boolean>, isStopping: () => boolean): Promise<void> {
  while (!isStopping() && (await step())) continue;
}

async function seal(writer: Writer, source: ChoreSource, chore: Chore & { kind: 'seal' }, isStopping: () => boolean) {
  const segmentId = await writer.run(beginSegment, chore);
  const outline = await source.build(chore);
  // Left incomplete, it is discarded.
  if (outline === undefined) return;
  for (;;) {
    const parts = await source.parts();
    if (isStopping()) return;
    if (parts.length === 0) break;
    await writer.run(putSegmentParts, { segmentId, parts });
  }
  await writer.run(completeSegment, { segmentId, outline });
}

/** The main thread's side: does what there is to do for these users, until nothing is left. */
export async function doChores(
  writer: Writer,
  source: ChoreSource,
  userIds: readonly number[],
  isStopping: () => boolean,
): Promise<void> {
  for (;;) {
    const chore = isStopping() ? undefined : await source.next(userIds);
    if (chore === undefined || isStopping()) return;
    if (chore.kind === 'seal') await seal(writer, source, chore, isStopping);
    else if (chore.kind === 'forget') await repeat(() => writer.run(forgetSealedEntries, chore), isStopping);
    else if (chore.kind === 'discard') await repeat(() => writer.run(discardSegment, chore), isStopping);
    else if (chore.kind === 'reopen') await repeat(() => writer.run(reopenEntries, chore), isStopping);
    else await writer.run(foldDeadEntries, chore);
  }
}
