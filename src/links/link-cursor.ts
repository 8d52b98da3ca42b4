// Cursors of link lists: the place after a link in a given order. Opaque to callers, and useless in another order.

import { invalidField } from '../core/errors.ts';
import type { LinkSort } from './link-schemas.ts';

export interface LinkOrder {
  readonly sort: LinkSort;
  readonly order: 'asc' | 'desc';
}

/** What the list is ordered by, of the last link before the place, and that link's id. */
export interface LinkPlace {
  readonly value: number;
  readonly id: number;
}

export function encodeCursor({ value, id }: LinkPlace, { sort, order }: LinkOrder): string {
  return Buffer.from(`${sort}.${order}.${value}.${id}`).toString('base64url');
}

/** Throws VALIDATION_ERROR for anything that `encodeCursor` did not make for this order. */
export function parseCursor(cursor: string, { sort, order }: LinkOrder): LinkPlace {
  const [ofSort, ofOrder, value, id, ...rest] = Buffer.from(cursor, 'base64url').toString('latin1').split('.');
  const isNumber = (text: string | undefined): text is string => text !== undefined && /^\d{1,15}$/.test(text);
  if (!isNumber(value) || !isNumber(id) || rest.length > 0)
    throw invalidField('cursor', 'cursor is not one that this list gave');
  if (ofSort !== sort || ofOrder !== order) throw invalidField('cursor', 'cursor belongs to another sort or order');
  return { value: Number(value), id: Number(id) };
}
