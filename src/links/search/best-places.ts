// Keeps the first so many of any number of places in an order: a heap whose root is the one to give way next.

import type { LinkOrder, LinkPlace } from '../link-cursor.ts';

export interface Range {
  readonly least: number;
  readonly greatest: number;
}

export class BestPlaces {
  readonly #sign: 1 | -1;
  readonly #limit: number;
  readonly #after: LinkPlace | undefined;
  readonly #values: number[] = [];
  readonly #ids: number[] = [];

  /** @param after only what comes after it is taken */
  constructor(order: LinkOrder['order'], limit: number, after: LinkPlace | undefined) {
    this.#sign = order === 'asc' ? 1 : -1;
    this.#limit = limit;
    this.#after = after;
  }

  offer(value: number, id: number): void {
    const after = this.#after;
    if (after !== undefined && this.#compare(value, id, after.value, after.id) <= 0) return;
    const { length } = this.#values;
    if (length < this.#limit) this.#rise(length, value, id);
    else if (this.#compare(value, id, this.#values[0]!, this.#ids[0]!) < 0) this.#sink(length, value, id);
  }

  /** Whether one with a value in this range could be taken. */
  mayTake(least: number, greatest: number): boolean {
    const first = this.#sign === 1 ? least : greatest;
    const last = this.#sign === 1 ? greatest : least;
    if (this.#after !== undefined && (last - this.#after.value) * this.#sign < 0) return false;
    return this.#values.length < this.#limit || (first - this.#values[0]!) * this.#sign <= 0;
  }

  /** Whether one with a value in this range, and one of so many ids from the first on, could be taken. */
  mayTakeOf(values: Range, firstId: number, ids: number): boolean {
    const lastId = firstId + ids - 1;
    const isRising = this.#sign === 1;
    const after = this.#after;
    if (after !== undefined) {
      const [value, id] = isRising ? [values.greatest, lastId] : [values.least, firstId];
      if (this.#compare(value, id, after.value, after.id) <= 0) return false;
    }
    if (this.#values.length < this.#limit) return true;
    const [value, id] = isRising ? [values.least, firstId] : [values.greatest, lastId];
    return this.#compare(value, id, this.#values[0]!, this.#ids[0]!) < 0;
  }

  /** In order, without the first `skipped`. */
  from(skipped: number): LinkPlace[] {
    return this.#values
      .map((value, i): LinkPlace => ({ value, id: this.#ids[i]! }))
      .toSorted((a, b) => this.#compare(a.value, a.id, b.value, b.id))
      .slice(skipped);
  }

  /** Negative where the first comes first. */
  #compare(value: number, id: number, otherValue: number, otherId: number): number {
    return (value === otherValue ? id - otherId : value - otherValue) * this.#sign;
  }

  #rise(at: number, value: number, id: number): void {
    let child = at;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (this.#compare(value, id, this.#values[parent]!, this.#ids[parent]!) <= 0) break;
      this.#values[child] = this.#values[parent]!;
      this.#ids[child] = this.#ids[parent]!;
      child = parent;
    }
    this.#values[child] = value;
    this.#ids[child] = id;
  }

  #sink(length: number, value: number, id: number): void {
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= length) break;
      const right = child + 1;
      if (
        right < length &&
        this.#compare(this.#values[right]!, this.#ids[right]!, this.#values[child]!, this.#ids[child]!) > 0
      )
        child = right;
      if (this.#compare(value, id, this.#values[child]!, this.#ids[child]!) >= 0) break;
      this.#values[parent] = this.#values[child]!;
      this.#ids[parent] = this.#ids[child]!;
      parent = child;
    }
    this.#values[parent] = value;
    this.#ids[parent] = id;
  }
}
