// Who saw the page that asks for a link's password, and how often one was given: a row a link and day, and one for each address of
// it that is told apart. 10,000 addresses of a day are counted to within 5; of more than `maxEntriesPerDay` only a share is kept, and
// what they stand for is right to a few hundredths.

import { defineOperation } from '../storage/operation.ts';
import { type Connection, execute, firstRow, query } from '../storage/query.ts';
import { defineReading } from '../storage/reading.ts';

/** The entries that an address may have: 24 bits. */
const entrySpace = 2 ** 24;
/** Of one day. Past it every second address is left out, and then every second of those; the others are counted double. */
const maxEntriesPerDay = 16_384;

export interface PasswordVisit {
  readonly linkId: number;
  /** UTC days since 1970. */
  readonly day: number;
  readonly kind: 'view' | 'attempt';
  /** 24 bits of a keyed hash of the address; null: of an attempt, or of somebody of whom nothing is kept. */
  readonly addressEntry: number | null;
}

export interface PasswordTotals {
  readonly views: number;
  readonly differentAddresses: number;
  readonly attempts: number;
}

/** Entries below this are kept at a level. They are bits of a hash: as good a choice as any by chance. */
function keptBelow(level: number): number {
  return entrySpace / 2 ** level;
}

/** How many different addresses have so many different entries, those counted in that share one with another. */
function addressesBehind(entries: number, level: number): number {
  const kept = keptBelow(level);
  return Math.round(-entrySpace * Math.log1p(-Math.min(entries, kept - 0.5) / kept));
}

type PasswordDay = Pick<PasswordVisit, 'linkId' | 'day'>;

function hasEntry(connection: Connection, { linkId, day }: PasswordDay, entry: number): boolean {
  const of = query
    .selectFrom('password_addresses')
    .select('entry')
    .where('link_id', '=', linkId)
    .where('day', '=', day);
  return firstRow(connection, of.where('entry', '=', entry)) !== undefined;
}

function removeFrom(connection: Connection, { linkId, day }: PasswordDay, entry: number): number {
  const of = query.deleteFrom('password_addresses').where('link_id', '=', linkId).where('day', '=', day);
  return execute(connection, of.where('entry', '>=', entry)).changes;
}

function isThere(connection: Connection, linkId: number): boolean {
  return firstRow(connection, query.selectFrom('links').select('id').where('id', '=', linkId)) !== undefined;
}

/** Of a link that was deleted meanwhile nothing is noted. */
export const notePasswordVisit = defineOperation(
  'links.note-password-visit',
  (connection, { linkId, day, kind, addressEntry: entry }: PasswordVisit): void => {
    if (!isThere(connection, linkId)) return;
    const of = query.selectFrom('password_days').selectAll().where('link_id', '=', linkId).where('day', '=', day);
    const before = firstRow(connection, of) ?? { views: 0, attempts: 0, addresses: 0, address_level: 0 };
    const isView = kind === 'view';
    let { addresses, address_level: level } = before;
    const isKept = (of: number | null): of is number => of !== null && of < keptBelow(level);
    const isNew = isKept(entry) && !hasEntry(connection, { linkId, day }, entry);
    while (addresses + (isNew && isKept(entry) ? 1 : 0) > maxEntriesPerDay) {
      level++;
      addresses -= removeFrom(connection, { linkId, day }, keptBelow(level));
    }
    const added = isNew && isKept(entry) ? entry : null;
    const counts = {
      views: before.views + (isView ? 1 : 0),
      attempts: before.attempts + (isView ? 0 : 1),
      addresses: addresses + (added === null ? 0 : 1),
      address_level: level,
    };
    execute(
      connection,
      query
        .insertInto('password_days')
        .values({ link_id: linkId, day, ...counts })
        .onConflict((conflict) => conflict.columns(['link_id', 'day']).doUpdateSet(counts)),
    );
    if (added !== null)
      execute(connection, query.insertInto('password_addresses').values({ link_id: linkId, day, entry: added }));
  },
);

/** Deletes the oldest day of a link, at most `maxEntriesPerDay` addresses. False where there was none. */
export function dropOldestPasswordDay(connection: Connection, linkId: number): boolean {
  const days = query.selectFrom('password_days').select('day').where('link_id', '=', linkId);
  const oldest = days.orderBy('day').limit(1);
  const drop = query.deleteFrom('password_days').where('link_id', '=', linkId).where('day', '=', oldest);
  return execute(connection, drop).changes > 0;
}

/** Forgets what was before the day. */
export const forgetPasswordVisits = defineOperation(
  'links.forget-password-visits',
  (connection, { before }: { before: number }): void => {
    execute(connection, query.deleteFrom('password_days').where('day', '<', before));
  },
);

interface PasswordQuestion {
  readonly linkId: number;
  /** UTC days since 1970, both included. */
  readonly firstDay: number;
  readonly lastDay: number;
}

export function passwordTotals(
  connection: Connection,
  { linkId, firstDay, lastDay }: PasswordQuestion,
): PasswordTotals {
  const days = query
    .selectFrom('password_days')
    .select((is) => [
      is.fn.sum<number | null>('views').as('views'),
      is.fn.sum<number | null>('attempts').as('attempts'),
      is.fn.max<number | null>('address_level').as('level'),
    ])
    .where('link_id', '=', linkId)
    .where('day', '>=', firstDay)
    .where('day', '<=', lastDay);
  const { views, attempts, level } = firstRow(connection, days) ?? { views: 0, attempts: 0, level: 0 };
  // The addresses that every one of the days has kept.
  const different = query
    .selectFrom('password_addresses')
    .select((is) => is.fn.count<number>('entry').distinct().as('entries'))
    .where('link_id', '=', linkId)
    .where('day', '>=', firstDay)
    .where('day', '<=', lastDay)
    .where('entry', '<', keptBelow(level ?? 0));
  const { entries } = firstRow(connection, different)!;
  return {
    views: views ?? 0,
    differentAddresses: addressesBehind(entries, level ?? 0),
    attempts: attempts ?? 0,
  };
}

/** Up to 91 days of a link that was attacked are a million rows. */
export const passwordTotalsReading = defineReading('links.password-totals', passwordTotals);

export const passwordVisitOperations = [notePasswordVisit, forgetPasswordVisits];
