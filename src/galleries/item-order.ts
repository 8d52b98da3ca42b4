// The order of a gallery's items: dense positions from 0, whatever is asked for. Pure; runs inside the transaction that stores it.

import { Faults } from '../core/validation.ts';

interface Place {
  readonly id: string;
  readonly position: number;
}

/** Every item in its new order, or the places of some. */
export type Arrangement = { readonly order: readonly string[] } | { readonly places: readonly Place[] };

/** Notes what is wrong with the ids of a request: none of the gallery's, or given before. */
function checkIds(ids: readonly string[], present: ReadonlySet<string>, faults: Faults, pathOf: (n: number) => string) {
  const seen = new Set<string>();
  ids.forEach((id, n) => {
    if (!present.has(id)) faults.add(pathOf(n), 'is no item of this gallery');
    else if (seen.has(id)) faults.add(pathOf(n), 'is given twice');
    seen.add(id);
  });
}

function arrangedByPlaces(present: readonly string[], places: readonly Place[], faults: Faults): string[] {
  const slots: (string | undefined)[] = present.map(() => undefined);
  places.forEach(({ id, position }, n) => {
    if (position >= present.length)
      faults.add(`items.${n}.position`, `must be at most ${present.length - 1}: so many items there are`);
    else if (slots[position] !== undefined) faults.add(`items.${n}.position`, 'is given twice');
    else slots[position] = id;
  });
  const placed = new Set(places.map(({ id }) => id));
  const others = present.filter((id) => !placed.has(id)).values();
  return slots.map((id) => id ?? (others.next().value as string));
}

/**
 * The public ids in their new order.
 * @param present every item of the gallery, in its order until now
 * @throws AppError VALIDATION_ERROR, naming each id at fault
 */
export function arrange(present: readonly string[], arrangement: Arrangement): string[] {
  const faults = new Faults();
  const known = new Set(present);
  let arranged: string[];
  if ('order' in arrangement) {
    const { order } = arrangement;
    checkIds(order, known, faults, (n) => `itemIds.${n}`);
    const missing = known.difference(new Set(order)).size;
    if (missing > 0) faults.add('itemIds', `lacks ${missing} of the gallery's ${present.length} items`);
    arranged = [...order];
  } else {
    checkIds(
      arrangement.places.map(({ id }) => id),
      known,
      faults,
      (n) => `items.${n}.id`,
    );
    arranged = arrangedByPlaces(present, arrangement.places, faults);
  }
  faults.throwIfAny();
  return arranged;
}

/** The order with one item taken out and put in at a position; past the end is the end. */
export function withItemAt(present: readonly string[], id: string, position: number): string[] {
  return present.filter((other) => other !== id).toSpliced(position, 0, id);
}
