// What callers send about the items of a gallery, read once at the edge. What an item of its type cannot be without is asked
// of the item as it will be stored: in a change, only that tells what is missing.

import assert from 'node:assert';
import { AppError } from '../core/errors.ts';
import { parseInstant } from '../core/instant.ts';
import { Faults } from '../core/validation.ts';
import type { DestinationRules } from '../links/destination.ts';
import { parseImageUrl, parseItemUrl } from './addresses.ts';
import type { GalleryItem } from './gallery.ts';
import { itemChangeSchema, newItemSchema, reorderSchema } from './gallery-schemas.ts';
import { readGiven } from './given-value.ts';
import type { Arrangement } from './item-order.ts';
import { checkSpan, lacking } from './whole-item.ts';

/** Fields that a caller may set, in their stored form. */
type Settable = Pick<
  GalleryItem,
  | 'type'
  | 'title'
  | 'url'
  | 'thumbnailUrl'
  | 'iconName'
  | 'isVisible'
  | 'visibleFrom'
  | 'visibleUntil'
  | 'embedType'
  | 'embedData'
> & {
  /** Public id of the caller's short link, yet to be looked up. */
  readonly linkId: string | null;
};

/** `position` undefined: at the end. */
export interface NewItem extends Settable {
  readonly position?: number;
}

/** Absent is "as it is", null is "none". */
export interface ItemChange extends Partial<Settable> {
  readonly position?: number;
}

interface Texts {
  readonly url?: string | null | undefined;
  readonly linkId?: string | null | undefined;
  readonly thumbnailUrl?: string | null | undefined;
  readonly visibleFrom?: string | null | undefined;
  readonly visibleUntil?: string | null | undefined;
}

function readInstant(name: string, text: string, faults: Faults): number | undefined {
  const instant = parseInstant(text);
  if (instant === undefined) faults.add(name, 'must be an ISO 8601 time with an offset, such as 2030-01-31T12:00:00Z');
  return instant;
}

function readTexts(texts: Texts, faults: Faults, rules: DestinationRules) {
  if (typeof texts.url === 'string' && typeof texts.linkId === 'string')
    faults.add('linkId', 'cannot be combined with url');
  return {
    url: readGiven(texts.url, (url) => faults.attempt(() => parseItemUrl(url, 'url', rules))),
    thumbnailUrl: readGiven(texts.thumbnailUrl, (url) => faults.attempt(() => parseImageUrl(url, 'thumbnailUrl'))),
    visibleFrom: readGiven(texts.visibleFrom, (text) => readInstant('visibleFrom', text, faults)),
    visibleUntil: readGiven(texts.visibleUntil, (text) => readInstant('visibleUntil', text, faults)),
  };
}

/** @throws AppError VALIDATION_ERROR or INVALID_URL, with details */
export function parseNewItem(body: unknown, rules: DestinationRules): NewItem {
  const faults = new Faults();
  const shape = faults.check(newItemSchema, body);
  const texts = readTexts(shape ?? {}, faults, rules);
  const isLinked = typeof shape?.linkId === 'string';
  if (shape !== undefined) {
    for (const { path, message } of lacking({ ...shape, url: shape.url ?? null }, isLinked)) faults.add(path, message);
    checkSpan(texts, faults);
  }
  faults.throwIfAny();
  assert(shape !== undefined);
  return {
    type: shape.type,
    title: shape.title ?? null,
    url: texts.url ?? null,
    linkId: shape.linkId ?? null,
    thumbnailUrl: texts.thumbnailUrl ?? null,
    iconName: shape.iconName ?? null,
    isVisible: shape.isVisible ?? true,
    visibleFrom: texts.visibleFrom ?? null,
    visibleUntil: texts.visibleUntil ?? null,
    embedType: shape.embedType ?? null,
    embedData: shape.embedData ?? null,
    ...(shape.position !== undefined && { position: shape.position }),
  };
}

/** An empty change changes nothing. `url` and `linkId` replace each other. @throws AppError as `parseNewItem` */
export function parseItemChange(body: unknown, rules: DestinationRules): ItemChange {
  const faults = new Faults();
  const shape = faults.check(itemChangeSchema, body);
  const { url, thumbnailUrl, visibleFrom, visibleUntil } = readTexts(shape ?? {}, faults, rules);
  faults.throwIfAny();
  assert(shape !== undefined);
  const { type, title, linkId, iconName, isVisible, embedType, embedData, position } = shape;
  return {
    ...(type !== undefined && { type }),
    ...(title !== undefined && { title }),
    ...(url !== undefined && { url }),
    ...(typeof url === 'string' && { linkId: null }),
    ...(linkId !== undefined && { linkId }),
    ...(typeof linkId === 'string' && { url: null }),
    ...(thumbnailUrl !== undefined && { thumbnailUrl }),
    ...(iconName !== undefined && { iconName }),
    ...(isVisible !== undefined && { isVisible: isVisible ?? true }),
    ...(visibleFrom !== undefined && { visibleFrom }),
    ...(visibleUntil !== undefined && { visibleUntil }),
    ...(embedType !== undefined && { embedType }),
    ...(embedData !== undefined && { embedData }),
    ...(position !== undefined && { position }),
  };
}

/** The body of a reorder, in either of its forms. @throws AppError VALIDATION_ERROR */
export function parseArrangement(body: unknown): Arrangement {
  const faults = new Faults();
  const isObject = typeof body === 'object' && body !== null;
  const [byIds, byPlaces] = reorderSchema.options;
  if (isObject && 'items' in body) {
    const shape = faults.check(byPlaces, body);
    faults.throwIfAny();
    return { places: shape!.items };
  }
  const shape = faults.check(byIds, body);
  faults.throwIfAny();
  if (shape === undefined) throw new AppError('VALIDATION_ERROR', 'itemIds is required');
  return { order: shape.itemIds };
}
