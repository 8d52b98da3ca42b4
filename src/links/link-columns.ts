// Many links as they cross to the writer thread: what they have in common once, and a column for every field in which they differ.
// As whole links each would bring the names of all its fields along, which takes longer than storing it.

import { strict as assert } from 'node:assert';
import type { UnstoredLink } from './link.ts';

type FieldName = keyof UnstoredLink;

/** At least one. */
export type SomeLinks = readonly [UnstoredLink, ...UnstoredLink[]];

export interface LinkColumns {
  readonly count: number;
  /** One of them. */
  readonly model: UnstoredLink;
  /** Fields in which any other differs from it, and what each of them holds there. */
  readonly columns: readonly (readonly [name: FieldName, values: readonly unknown[]])[];
}

/** Values are compared as they are: two empty lists differ unless they are the same one. */
export function toColumns(links: SomeLinks): LinkColumns {
  const [model] = links;
  const columns: [FieldName, unknown[]][] = [];
  for (const name of Object.keys(model) as FieldName[]) {
    const common = model[name];
    if (links.some((link) => link[name] !== common)) columns.push([name, links.map((link) => link[name])]);
  }
  return { count: links.length, model, columns };
}

/** Some of the links, at least one: from the one at `start` to, and without, the one at `end`, or the last. */
export function fromColumns({ count, model, columns }: LinkColumns, start: number, end: number): SomeLinks {
  const links: UnstoredLink[] = [];
  for (let i = start; i < Math.min(end, count); i++) {
    const link: Record<string, unknown> = { ...model };
    for (const [name, values] of columns) link[name] = values[i];
    links.push(link as unknown as UnstoredLink);
  }
  assert(links.length > 0);
  return links as [UnstoredLink, ...UnstoredLink[]];
}
