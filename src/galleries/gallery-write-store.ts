// The writes on galleries: operations of the writer thread, each whole or not at all.

import { requireRoom } from '../accounts/plans.ts';
import { AppError } from '../core/errors.ts';
import { defineOperation } from '../storage/operation.ts';
import { type Connection, execute, isUniqueViolation, query } from '../storage/query.ts';
import { newCounter } from './counter-store.ts';
import type { CountedGallery, Gallery } from './gallery.ts';
import { countGalleries, findGallery, toGalleryRow, withViews } from './gallery-store.ts';

/** Runs a write that gives a gallery its slug; throws SLUG_EXISTS when another one of the domain has it, in any case. */
function claimingSlug<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    if (!isUniqueViolation(cause, 'galleries.slug_key')) throw cause;
    const message = 'slug is taken by another gallery of this domain';
    throw new AppError('SLUG_EXISTS', message, [{ path: 'slug', message }], { cause });
  }
}

export type UnstoredGallery = Omit<Gallery, 'id' | 'counterId'>;

interface CreateGallery {
  readonly gallery: UnstoredGallery;
  /** How many the user's plan allows. */
  readonly maxGalleries: number;
}

/** Throws SLUG_EXISTS, or LIMIT_REACHED. */
export const createGallery = defineOperation(
  'galleries.create',
  (connection, { gallery, maxGalleries }: CreateGallery): Gallery => {
    requireRoom(countGalleries(connection, gallery.userId), maxGalleries, 'galleries');
    const counted = { ...gallery, counterId: newCounter(connection, gallery.userId, 'gallery') };
    const insert = query.insertInto('galleries').values(toGalleryRow(counted));
    const id = Number(claimingSlug(() => execute(connection, insert)).lastInsertRowid);
    return { ...counted, id };
  },
);

/** Throws NOT_FOUND, also for another user's. */
export function requireGallery(connection: Connection, userId: number, publicId: string): Gallery {
  const gallery = findGallery(connection, userId, publicId);
  if (gallery === undefined) throw new AppError('NOT_FOUND', 'no such gallery');
  return gallery;
}

/** Any fields of a gallery except what identifies it; absent ones stay as they are. */
export type GalleryFields = Partial<
  Omit<Gallery, 'id' | 'publicId' | 'counterId' | 'userId' | 'createdAt' | 'updatedAt'>
>;

/** Which gallery of whose, and when. */
export interface GalleryPlace {
  readonly userId: number;
  readonly publicId: string;
  readonly now: number;
}

interface UpdateGallery extends GalleryPlace {
  readonly fields: GalleryFields;
}

/** Throws NOT_FOUND, or SLUG_EXISTS; then nothing has changed. */
export const updateGallery = defineOperation(
  'galleries.update',
  (connection, { userId, publicId, now, fields }: UpdateGallery): CountedGallery => {
    const before = requireGallery(connection, userId, publicId);
    // Never equal to the one before: a client that sorts by it sees each change.
    const after: Gallery = { ...before, ...fields, updatedAt: Math.max(now, before.updatedAt + 1) };
    const update = query.updateTable('galleries').set(toGalleryRow(after)).where('id', '=', before.id);
    claimingSlug(() => execute(connection, update));
    return withViews(connection, after);
  },
);

/** The gallery and its items are gone, and its address is free. Throws NOT_FOUND. */
export const deleteGallery = defineOperation(
  'galleries.delete',
  (connection, { userId, publicId }: Omit<GalleryPlace, 'now'>): void => {
    const { id } = requireGallery(connection, userId, publicId);
    execute(connection, query.deleteFrom('galleries').where('id', '=', id));
  },
);

export const galleryOperations = [createGallery, updateGallery, deleteGallery];
