// Which hits a question is about, besides its period: values of dimensions, any of each dimension's, and links.

import { type DimensionName, dimensions } from './dimensions.ts';
import { termKinds, userColumns } from './hit-columns.ts';
import type { TermReader } from './term-reader-store.ts';

export type DimensionFilters = Readonly<Partial<Record<DimensionName, readonly string[]>>>;

export interface AskedFilters {
  /** Dimensions that are not named, or with an empty list, let everything through. */
  readonly dimensions: DimensionFilters;
  /** Of the user's links, only these; undefined: all. */
  readonly linkIds: ReadonlySet<number> | undefined;
}

/** Whether an id of one column passes. */
export type IdFilter = (id: number) => boolean;

/** One filter for each column that is filtered at all, by the column's number; remembers what it has decided. */
export function filtersByColumn(terms: TermReader, asked: AskedFilters): (IdFilter | undefined)[] {
  const filters: (IdFilter | undefined)[] = termKinds.map((kind) => {
    const ofKind = (Object.keys(asked.dimensions) as DimensionName[])
      .filter((name) => dimensions[name].kind === kind && asked.dimensions[name]!.length > 0)
      .map((name) => ({ name, values: new Set(asked.dimensions[name]) }));
    if (ofKind.length === 0) return undefined;
    const decided = new Map<number, boolean>();
    return (id) => {
      let passes = decided.get(id);
      if (passes === undefined) {
        passes = ofKind.every(({ name, values }) => values.has(terms.valueOf(name, id)));
        decided.set(id, passes);
      }
      return passes;
    };
  });
  const { linkIds } = asked;
  if (linkIds !== undefined) filters[userColumns - 1] = (id) => linkIds.has(id);
  return filters;
}
