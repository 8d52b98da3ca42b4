// What an item of a gallery cannot be without. Asked of what callers send, and in the write itself of what is about to be stored.

import type { ErrorDetail } from '../core/errors.ts';
import { Faults } from '../core/validation.ts';
import type { GalleryItem } from './gallery.ts';

interface Needing {
  readonly type: GalleryItem['type'];
  readonly title?: string | null | undefined;
  readonly url?: string | null | undefined;
  readonly thumbnailUrl?: string | null | undefined;
  readonly embedType?: string | null | undefined;
  readonly embedData?: object | null | undefined;
}

/** What an item of its type lacks, as phrases for each field. */
export function lacking(item: Needing, isLinked: boolean): ErrorDetail[] {
  const { type } = item;
  const missing: string[] = [];
  const isBlank = (text: string | null | undefined): boolean => (text ?? '').trim() === '';
  if ((type === 'link' || type === 'header') && isBlank(item.title)) missing.push('title');
  if (type === 'link' && (item.url ?? null) === null && !isLinked) missing.push('url');
  if (type === 'image' && (item.thumbnailUrl ?? null) === null) missing.push('thumbnailUrl');
  if (type === 'embed' && (item.embedType ?? null) === null) missing.push('embedType');
  if (type === 'embed' && (item.embedData ?? null) === null) missing.push('embedData');
  const article = /^[aeiou]/.test(type) ? 'an' : 'a';
  return missing.map((path) => ({ path, message: `is required by ${article} ${type}` }));
}

interface Span {
  readonly visibleFrom?: number | null | undefined;
  readonly visibleUntil?: number | null | undefined;
}

/** Adds a fault when the end of its time is not after the beginning. */
export function checkSpan({ visibleFrom, visibleUntil }: Span, faults: Faults): void {
  if (typeof visibleFrom === 'number' && typeof visibleUntil === 'number' && visibleUntil <= visibleFrom)
    faults.add('visibleUntil', 'must be later than visibleFrom');
}

/** Throws VALIDATION_ERROR when the item, as it is about to be stored, lacks what its type needs, or can never be seen. */
export function requireWhole(item: Omit<GalleryItem, 'id' | 'link'>, isLinked: boolean): void {
  const faults = new Faults();
  for (const { path, message } of lacking(item, isLinked)) faults.add(path, message);
  checkSpan(item, faults);
  faults.throwIfAny();
}
