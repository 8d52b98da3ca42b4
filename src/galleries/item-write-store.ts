// The writes on the items of a gallery: operations of the writer thread. Positions are dense after each of them.

import { AppError, invalidField } from '../core/errors.ts';
import { findLink } from '../links/link-store.ts';
import { defineOperation } from '../storage/operation.ts';
import { type Connection, execute, query } from '../storage/query.ts';
import { newCounter } from './counter-store.ts';
import { type CountedItem, type Gallery, type GalleryItem, maxItems } from './gallery.ts';
import { countedItemsOf, findItem, itemsOf, toItemRow, withClicks } from './gallery-store.ts';
import { type GalleryPlace, requireGallery } from './gallery-write-store.ts';
import { type Arrangement, arrange, withItemAt } from './item-order.ts';
import { requireWhole } from './whole-item.ts';

/** The fields of an item that a caller sets; `linkId` is the public id of a short link of their own. */
export type ItemFields = Omit<
  GalleryItem,
  'id' | 'publicId' | 'counterId' | 'galleryId' | 'position' | 'link' | 'createdAt' | 'updatedAt'
> & { readonly linkId: string | null };

/** Throws VALIDATION_ERROR unless the short link is the user's own. */
function linkIdOf(connection: Connection, userId: number, publicId: string | null): number | null {
  if (publicId === null) return null;
  const link = findLink(connection, userId, publicId);
  if (link === undefined) throw invalidField('linkId', 'linkId is none of your links');
  return link.id;
}

/** A change of its items is a change of the gallery. */
function touch(connection: Connection, { id, updatedAt }: Gallery, now: number): void {
  const update = query.updateTable('galleries').set({ updated_at: Math.max(now, updatedAt + 1) });
  execute(connection, update.where('id', '=', id));
}

/** @param publicIds every item of the gallery, in its new order */
function putOrder(connection: Connection, galleryId: number, publicIds: readonly string[]): void {
  publicIds.forEach((publicId, position) => {
    const update = query.updateTable('gallery_items').set({ position });
    execute(connection, update.where('gallery_id', '=', galleryId).where('public_id', '=', publicId));
  });
}

function orderOf(connection: Connection, galleryId: number): string[] {
  return itemsOf(connection, galleryId).map(({ publicId }) => publicId);
}

/** As it stands in the database now. */
function stored(connection: Connection, galleryId: number, publicId: string): CountedItem {
  return withClicks(connection, findItem(connection, galleryId, publicId) as GalleryItem);
}

interface CreateItem extends GalleryPlace {
  readonly itemId: string;
  readonly fields: ItemFields;
  /** Undefined: at the end. */
  readonly position: number | undefined;
}

/** Throws NOT_FOUND for the gallery, or VALIDATION_ERROR when it is full or the linked link is not the user's. */
export const createItem = defineOperation(
  'galleries.create-item',
  (connection, { userId, publicId, now, itemId, fields, position }: CreateItem): CountedItem => {
    const gallery = requireGallery(connection, userId, publicId);
    const present = orderOf(connection, gallery.id);
    if (present.length >= maxItems) throw new AppError('VALIDATION_ERROR', `a gallery has ${maxItems} items at most`);
    const { linkId, ...own } = fields;
    const item = {
      ...own,
      publicId: itemId,
      counterId: newCounter(connection, userId, 'item'),
      galleryId: gallery.id,
      position: present.length,
      createdAt: now,
      updatedAt: now,
    };
    const row = toItemRow(item, linkIdOf(connection, userId, linkId));
    execute(connection, query.insertInto('gallery_items').values(row));
    if (position !== undefined && position < present.length)
      putOrder(connection, gallery.id, withItemAt(present, itemId, position));
    touch(connection, gallery, now);
    return stored(connection, gallery.id, itemId);
  },
);

/** Throws NOT_FOUND. */
function requireItem(connection: Connection, galleryId: number, itemId: string): GalleryItem {
  const item = findItem(connection, galleryId, itemId);
  if (item === undefined) throw new AppError('NOT_FOUND', 'no such item');
  return item;
}

interface UpdateItem extends GalleryPlace {
  readonly itemId: string;
  readonly fields: Partial<ItemFields>;
  readonly position: number | undefined;
}

/** Throws NOT_FOUND, or VALIDATION_ERROR when it would lack what its type needs; then nothing has changed. */
export const updateItem = defineOperation(
  'galleries.update-item',
  (connection, { userId, publicId, now, itemId, fields, position }: UpdateItem): CountedItem => {
    const gallery = requireGallery(connection, userId, publicId);
    const before = requireItem(connection, gallery.id, itemId);
    const { linkId = before.link?.publicId ?? null, ...own } = fields;
    const after = { ...before, ...own, updatedAt: Math.max(now, before.updatedAt + 1) };
    requireWhole(after, linkId !== null);
    const row = toItemRow(after, linkIdOf(connection, userId, linkId));
    execute(connection, query.updateTable('gallery_items').set(row).where('id', '=', before.id));
    if (position !== undefined && position !== before.position)
      putOrder(connection, gallery.id, withItemAt(orderOf(connection, gallery.id), itemId, position));
    touch(connection, gallery, now);
    return stored(connection, gallery.id, itemId);
  },
);

interface DeleteItem extends GalleryPlace {
  readonly itemId: string;
}

/** Throws NOT_FOUND. */
export const deleteItem = defineOperation(
  'galleries.delete-item',
  (connection, { userId, publicId, now, itemId }: DeleteItem): void => {
    const gallery = requireGallery(connection, userId, publicId);
    const { id } = requireItem(connection, gallery.id, itemId);
    execute(connection, query.deleteFrom('gallery_items').where('id', '=', id));
    putOrder(connection, gallery.id, orderOf(connection, gallery.id));
    touch(connection, gallery, now);
  },
);

interface ReorderItems extends GalleryPlace {
  readonly arrangement: Arrangement;
}

/** All items in their new order. Throws NOT_FOUND, or VALIDATION_ERROR naming the ids at fault; then nothing has changed. */
export const reorderItems = defineOperation(
  'galleries.reorder-items',
  (connection, { userId, publicId, now, arrangement }: ReorderItems): CountedItem[] => {
    const gallery = requireGallery(connection, userId, publicId);
    putOrder(connection, gallery.id, arrange(orderOf(connection, gallery.id), arrangement));
    touch(connection, gallery, now);
    return countedItemsOf(connection, gallery.id);
  },
);

export const itemOperations = [createItem, updateItem, deleteItem, reorderItems];
