// Who saw the page that asks for a link's password, and how often one was given: one row a link and day.

import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';

// Three bytes each.
const entryBytes = 3;
/** Different addresses that are told apart on one day. */
const maxEntriesPerDay = 4_096;

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

function* entriesOf(addresses: Buffer): Generator<number> {
  for (let at = 0; at < addresses.length; at += entryBytes) yield addresses.readUIntBE(at, entryBytes);
}

function withEntry(addresses: Buffer, entry: number): Buffer {
  if (addresses.length >= maxEntriesPerDay * entryBytes) return addresses;
  for (const known of entriesOf(addresses)) if (known === entry) return addresses;
  const added = Buffer.alloc(entryBytes);
  added.writeUIntBE(entry, 0, entryBytes);
  return Buffer.concat([addresses, added]);
}

export const notePasswordVisit = defineOperation(
  'links.note-password-visit',
  (connection, { linkId, day, kind, addressEntry }: PasswordVisit): void => {
    const of = query.selectFrom('password_days').selectAll().where('link_id', '=', linkId).where('day', '=', day);
    const before = firstRow(connection, of) ?? { views: 0, attempts: 0, addresses: Buffer.alloc(0) };
    const isView = kind === 'view';
    const counts = {
      views: before.views + (isView ? 1 : 0),
      attempts: before.attempts + (isView ? 0 : 1),
      addresses: addressEntry === null ? before.addresses : withEntry(before.addresses, addressEntry),
    };
    execute(
      connection,
      query
        .insertInto('password_days')
        .values({ link_id: linkId, day, ...counts })
        .onConflict((conflict) => conflict.columns(['link_id', 'day']).doUpdateSet(counts)),
    );
  },
);

/** Forgets what was before the day. */
export const forgetPasswordVisits = defineOperation(
  'links.forget-password-visits',
  (connection, { before }: { before: number }): void => {
    execute(connection, query.deleteFrom('password_days').where('day', '<', before));
  },
);

/** Of the days from the first to the last, both included. */
export function passwordTotals(
  connection: Connection,
  linkId: number,
  firstDay: number,
  lastDay: number,
): PasswordTotals {
  const rows = query
    .selectFrom('password_days')
    .select(['views', 'attempts', 'addresses'])
    .where('link_id', '=', linkId)
    .where('day', '>=', firstDay)
    .where('day', '<=', lastDay);
  const different = new Set<number>();
  let views = 0;
  let attempts = 0;
  for (const row of allRows(connection, rows)) {
    views += row.views;
    attempts += row.attempts;
    for (const entry of entriesOf(row.addresses)) different.add(entry);
  }
  return { views, differentAddresses: different.size, attempts };
}

export const passwordVisitOperations = [notePasswordVisit, forgetPasswordVisits];
