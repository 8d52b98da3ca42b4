// What the writer thread does for the search: an entry with every write of a link, in its transaction; and, in steps of a few
// milliseconds each, sealing: putting a segment's parts, declaring it complete, clearing up behind it.

import assert from 'node:assert';
import { defineLongOperation, defineOperation } from '../../storage/operation.ts';
import { type Connection, execute, firstRow, query, repeated, repeatedRead, rowsOf } from '../../storage/query.ts';
import type { LinkSearchEntriesTable } from '../../storage/tables.ts';
import type { Link } from '../link.ts';
import type { SomeLinks } from '../link-columns.ts';
import { documentsOf, Searcher } from './searcher.ts';
import { asBytes, type Part, partId, type Segment, type SegmentOutline } from './segment-parts.ts';
import { SegmentReader } from './segment-reader.ts';
import { searchTextOf } from './search-text.ts';

const rowsPerStep = 4_000;
const movedPerStep = 250;

const raiseNumber = repeatedRead((userId: number, latest: number) =>
  query
    .insertInto('link_search_numbers')
    .values({ user_id: userId, latest })
    .onConflict((conflict) =>
      conflict.doUpdateSet((is) => ({ latest: is('link_search_numbers.latest', '+', is.ref('excluded.latest')) })),
    )
    .returning('latest'),
);

/** The numbers of so many new entries: the first, and those after it. Numbers rise, and none is given twice. */
export function takeSearchEntries(connection: Connection, userId: number, count: number): number {
  const row = raiseNumber(connection, userId, count);
  assert(row !== undefined);
  return row.latest - count + 1;
}

const insertEntry = repeated((row: LinkSearchEntriesTable) => query.insertInto('link_search_entries').values(row));
const insertEntries = rowsOf<{ user_id: number }>('link_search_entries', [
  'entry',
  'link_id',
  'created_at',
  'updated_at',
  'text',
]);

function rowOf(link: Link, entry: number): LinkSearchEntriesTable {
  return {
    user_id: link.userId,
    entry,
    link_id: link.id,
    created_at: link.createdAt,
    updated_at: link.updatedAt,
    text: searchTextOf(link),
  };
}

/** Makes the link findable as it is. The schema's triggers clear the entry that it had before. */
export function putSearchEntry(connection: Connection, link: Link, entry: number): void {
  insertEntry(connection, rowOf(link, entry));
}

/** The same for several new links of one user, whose numbers and entries follow one another. */
export function putSearchEntries(
  connection: Connection,
  links: SomeLinks,
  { firstId, firstEntry }: { readonly firstId: number; readonly firstEntry: number },
): void {
  const values: unknown[] = [];
  links.forEach((link, i) => {
    values.push(firstEntry + i, firstId + i, link.createdAt, link.updatedAt, searchTextOf(link));
  });
  insertEntries(connection, { user_id: links[0].userId }, values, links.length);
}

interface BeginSegment {
  readonly userId: number;
  readonly firstEntry: number;
  readonly lastEntry: number;
}

/**
 * Returns the new segment's id. Nobody reads it until it is complete. Entries must be read for it after this has been
 * committed: from then on it is noted which of them die.
 */
export const beginSegment = defineOperation(
  'links.search.begin',
  (connection, { userId, firstEntry, lastEntry }: BeginSegment): number => {
    const unknown = { documents: 0, suffixes: 0, min_created: 0, max_created: 0, min_updated: 0, max_updated: 0 };
    const range = { user_id: userId, first_entry: firstEntry, last_entry: lastEntry };
    const row = { ...range, ...unknown, is_complete: 0 };
    return Number(execute(connection, query.insertInto('link_search_segments').values(row)).lastInsertRowid);
  },
);

const insertPart = repeated((row: { id: number; bytes: Buffer }) => query.insertInto('link_search_parts').values(row));

interface PutParts {
  readonly segmentId: number;
  readonly parts: readonly Part[];
}

export const putSegmentParts = defineLongOperation(
  'links.search.put-parts',
  (connection, { segmentId, parts }: PutParts): void => {
    for (const { kind, number, bytes } of parts)
      insertPart(connection, { id: partId(segmentId, kind, number), bytes: Buffer.from(bytes) });
  },
);

interface SegmentStep {
  readonly segmentId: number;
}

/** From now on the segment stands for its entries. */
export const completeSegment = defineOperation(
  'links.search.complete',
  (connection, { segmentId, outline }: SegmentStep & { outline: SegmentOutline }): void => {
    const row = {
      documents: outline.documents,
      suffixes: outline.suffixes,
      min_created: outline.minCreated,
      max_created: outline.maxCreated,
      min_updated: outline.minUpdated,
      max_updated: outline.maxUpdated,
      is_complete: 1,
    };
    execute(connection, query.updateTable('link_search_segments').set(row).where('id', '=', segmentId));
  },
);

interface ForgetEntries {
  readonly userId: number;
  readonly lastSealed: number;
}

/** Takes some of the entries away that lie in a segment by now; true while there may be more. */
export const forgetSealedEntries = defineLongOperation(
  'links.search.forget',
  (connection, { userId, lastSealed }: ForgetEntries): boolean => {
    const sealed = query
      .selectFrom('link_search_entries')
      .select('entry')
      .where('user_id', '=', userId)
      .where('entry', '<=', lastSealed)
      .orderBy('entry')
      .limit(rowsPerStep);
    const gone = query.deleteFrom('link_search_entries').where('user_id', '=', userId).where('entry', 'in', sealed);
    return execute(connection, gone).changes === rowsPerStep;
  },
);

interface OpenSegment {
  readonly userId: number;
  readonly segment: Segment;
  readonly searcher: Searcher;
  readonly reader: SegmentReader;
}

function openSegment(connection: Connection, segmentId: number): OpenSegment {
  const owner = query.selectFrom('link_search_segments').select('user_id').where('id', '=', segmentId);
  const userId = firstRow(connection, owner)?.user_id ?? 0;
  const searcher = new Searcher(connection);
  const segment = searcher.reads.segments(userId).find(({ id }) => id === segmentId);
  assert(segment !== undefined, `there is no complete segment ${segmentId}`);
  return { userId, segment, searcher, reader: new SegmentReader(segment, searcher.readPart) };
}

function deadWithin({ userId, segment }: OpenSegment) {
  return query
    .deleteFrom('link_search_dead')
    .where('user_id', '=', userId)
    .where('entry', '>=', segment.firstEntry)
    .where('entry', '<=', segment.lastEntry);
}

/** Moves the dead entries of a segment into one part of it: a search then reads 2 kB instead of as many rows. */
export const foldDeadEntries = defineOperation('links.search.fold', (connection, { segmentId }: SegmentStep): void => {
  const open = openSegment(connection, segmentId);
  const dead = open.reader.foldedDead();
  dead.addAll(documentsOf(open.searcher.reads.dead(open.userId, open.segment), open.reader.column('entries')));
  const bytes = Buffer.from(asBytes(dead.words));
  const part = query.insertInto('link_search_parts').values({ id: partId(segmentId, 'dead'), bytes });
  execute(
    connection,
    part.onConflict((conflict) => conflict.column('id').doUpdateSet({ bytes })),
  );
  execute(connection, deadWithin(open));
});

/**
 * Gives some of a segment's living entries new numbers, so that they are sealed again elsewhere. Once none is left, the
 * segment is discarded, and false returned.
 */
export const reopenEntries = defineLongOperation(
  'links.search.reopen',
  (connection, { segmentId }: SegmentStep): boolean => {
    const open = openSegment(connection, segmentId);
    const { userId, segment, searcher, reader } = open;
    const living: number[] = [];
    searcher.living(userId, segment, reader).forEach((document) => living.push(document));
    if (living.length === 0) {
      const given = query.updateTable('link_search_segments').set({ is_complete: 0 });
      execute(connection, given.where('id', '=', segmentId));
      execute(connection, deadWithin(open));
      return false;
    }
    const [links, created, updated] = [reader.column('links'), reader.column('created'), reader.column('updated')];
    for (const document of living.slice(0, movedPerStep)) {
      const entry = takeSearchEntries(connection, userId, 1);
      const linkId = links[document]!;
      const times = { created_at: created[document]!, updated_at: updated[document]! };
      insertEntry(connection, {
        user_id: userId,
        entry,
        link_id: linkId,
        ...times,
        text: reader.text(document).toString(),
      });
      execute(connection, query.updateTable('links').set({ search_entry: entry }).where('id', '=', linkId));
    }
    return true;
  },
);

/** Takes some parts of a segment away that is not complete, at last the segment itself; true while there is more. */
export const discardSegment = defineLongOperation(
  'links.search.discard',
  (connection, { segmentId }: SegmentStep): boolean => {
    const parts = query
      .selectFrom('link_search_parts')
      .select('id')
      .where('id', '>=', partId(segmentId))
      .where('id', '<', partId(segmentId + 1))
      .limit(rowsPerStep);
    const gone = execute(connection, query.deleteFrom('link_search_parts').where('id', 'in', parts)).changes;
    if (gone === rowsPerStep) return true;
    execute(connection, query.deleteFrom('link_search_segments').where('id', '=', segmentId));
    return false;
  },
);

export const searchOperations = [
  beginSegment,
  putSegmentParts,
  completeSegment,
  forgetSealedEntries,
  foldDeadEntries,
  reopenEntries,
  discardSegment,
];
