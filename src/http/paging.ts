// Pages of lists that are ordered by creation, the newest first: a page number, or a cursor that stays right while the list changes.

import * as z from 'zod';
import { invalidField } from '../core/errors.ts';
import { textField } from '../core/text-field.ts';
import { Faults, queryValues } from '../core/validation.ts';
import type { ListMeta } from './answer.ts';

/** Query of a list. */
export const pagingSchema = z.strictObject({
  page: z.int().min(1).max(1_000_000).optional().describe('From 1; not together with `cursor`.'),
  perPage: z.int().min(1).max(100).default(20),
  cursor: textField(100).optional().describe('`meta.nextCursor` of the page before.'),
});

export interface Paging {
  /** null where a cursor is followed. */
  readonly page: number | null;
  readonly perPage: number;
  /** Only what was made before the row with this id. */
  readonly beforeId: number | undefined;
  readonly offset: number;
}

function idOf(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^before\.\d{1,15}$/.test(text)) throw invalidField('cursor', 'cursor is not one that this list gave');
  return Number(text.slice('before.'.length));
}

/** Throws VALIDATION_ERROR. */
export function parsePaging(query: URLSearchParams): Paging {
  const faults = new Faults();
  const values = queryValues(query, { page: 'integer', perPage: 'integer', cursor: 'text' }, faults);
  const shape = faults.check(pagingSchema, values);
  if (shape?.page !== undefined && shape.cursor !== undefined) faults.add('cursor', 'cannot be combined with page');
  faults.throwIfAny();
  const { page = 1, perPage, cursor } = shape!;
  return cursor === undefined
    ? { page, perPage, beforeId: undefined, offset: (page - 1) * perPage }
    : { page: null, perPage, beforeId: idOf(cursor), offset: 0 };
}

/**
 * The rows of a page and what the list's envelope says of them.
 * @param found the page's rows, and one more where there are more
 */
export function pageOf<Row extends { readonly id: number }>(
  found: readonly Row[],
  total: number,
  { page, perPage }: Paging,
): { rows: readonly Row[]; meta: ListMeta } {
  const rows = found.slice(0, perPage);
  const last = rows.at(-1);
  const hasMore = found.length > perPage;
  const nextCursor = hasMore && last !== undefined ? Buffer.from(`before.${last.id}`).toString('base64url') : null;
  return { rows, meta: { page, perPage, total, hasMore, nextCursor } };
}
