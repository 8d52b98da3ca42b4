// The dictionaries' reading side: what an id stands for in each dimension, as small numbers for adding up and as text for showing.
// Read a few hundred neighbours at a time and kept, in bounded memory: ids that come often were given early and lie together.

import type { Connection } from '../storage/query.ts';
import { type Dimension, type DimensionName, dimensions, everyDimension } from './dimensions.ts';
import type { TermKind } from './hit-columns.ts';

const tables: Readonly<Record<TermKind, string>> = {
  place: 'places',
  agent: 'user_agents',
  referrer: 'referrers',
  context: 'contexts',
};
const idsAtOnce = 512;
/** Rows of one dictionary that are remembered. */
const maxKnown = 400_000;
// Between the texts of one value; no text contains it.
const separator = '\n';

/** One dimension's values as they have been met. Code 0 is what is shown where nothing is known. */
class Values {
  readonly texts: string[];
  /** One more than the code, by id of the dictionary; 0: not read yet. */
  codes = new Uint32Array(0);
  readonly #codeOf: Map<string, number>;
  readonly #absent: string;

  constructor(absent: string) {
    this.#absent = absent;
    this.texts = [absent];
    this.#codeOf = new Map([[absent, 0]]);
  }

  put(id: number, texts: readonly string[]): void {
    const text = texts[0] === '' ? this.#absent : texts.join(separator);
    let code = this.#codeOf.get(text);
    if (code === undefined) {
      code = this.texts.length;
      this.texts.push(text);
      this.#codeOf.set(text, code);
    }
    this.codes[id] = code + 1;
  }

  grow(length: number): void {
    if (length <= this.codes.length) return;
    const codes = new Uint32Array(Math.max(length, this.codes.length * 2));
    codes.set(this.codes);
    this.codes = codes;
  }
}

/** One dictionary. */
class Terms {
  readonly #kind: TermKind;
  readonly #names: readonly DimensionName[];
  readonly #read;
  #values: Values[] = [];
  #known = 0;

  constructor(connection: Connection, kind: TermKind) {
    this.#kind = kind;
    this.#names = everyDimension.filter((name) => dimensions[name].kind === kind);
    const expressions = this.#names.flatMap((name): readonly string[] => dimensions[name].expressions);
    this.#read = connection
      .prepare<[number, number], (number | string)[]>(
        `SELECT id, ${expressions.join(', ')} FROM ${tables[kind]} WHERE id >= ? AND id < ?`,
      )
      .raw();
    this.#restart();
  }

  values(name: DimensionName): Values {
    return this.#values[this.#names.indexOf(name)]!;
  }

  /** Forgets what was read where that has become too much; codes of before are then worth nothing. */
  trim(): void {
    if (this.#known > maxKnown) this.#restart();
  }

  /** Makes sure that the id has been read. Throws where there is no such row: a roll-up refers to what was never written. */
  need(id: number): void {
    const codes = this.#values[0]!.codes;
    if (id < codes.length && codes[id] !== 0) return;
    const first = id - (id % idsAtOnce);
    for (const values of this.#values) values.grow(first + idsAtOnce);
    for (const row of this.#read.iterate(first, first + idsAtOnce)) {
      const rowId = row[0] as number;
      let column = 1;
      this.#names.forEach((name, i) => {
        const { length } = dimensions[name].expressions;
        this.#values[i]!.put(rowId, row.slice(column, (column += length)) as string[]);
      });
      this.#known++;
    }
    if (this.#values[0]!.codes[id] === 0) throw new Error(`a hit refers to ${this.#kind} ${id}, which is missing`);
  }

  #restart(): void {
    this.#known = 0;
    this.#values = this.#names.map((name) => {
      const values = new Values(dimensions[name].absent);
      values.grow(idsAtOnce);
      // Id 0 is no entry.
      values.codes[0] = 1;
      return values;
    });
  }
}

/** What a breakdown shows of one value. */
export interface ShownValue {
  readonly value: string;
  /** By the dimension's `further`; null where nothing is known. */
  readonly further: readonly (string | null)[];
}

export class TermReader {
  readonly #terms: Readonly<Record<TermKind, Terms>>;

  constructor(connection: Connection) {
    this.#terms = {
      place: new Terms(connection, 'place'),
      agent: new Terms(connection, 'agent'),
      referrer: new Terms(connection, 'referrer'),
      context: new Terms(connection, 'context'),
    };
  }

  /** To be called before a question: keeps the memory bounded. */
  trim(): void {
    for (const terms of Object.values(this.#terms)) terms.trim();
  }

  /** The code of a dimension's value for each of these ids, and how many codes there are. */
  codesOf(name: DimensionName, ids: ArrayLike<number>): { codes: Uint32Array; codeCount: number } {
    const terms = this.#terms[dimensions[name].kind];
    for (let i = 0; i < ids.length; i++) terms.need(ids[i]!);
    const values = terms.values(name);
    const codes = new Uint32Array(ids.length);
    for (let i = 0; i < ids.length; i++) codes[i] = values.codes[ids[i]!]! - 1;
    return { codes, codeCount: values.texts.length };
  }

  /** The value alone, of an id. */
  valueOf(name: DimensionName, id: number): string {
    const terms = this.#terms[dimensions[name].kind];
    terms.need(id);
    const values = terms.values(name);
    return values.texts[values.codes[id]! - 1]!.split(separator, 1)[0]!;
  }

  shown(name: DimensionName, code: number): ShownValue {
    const dimension: Dimension = dimensions[name];
    const [value = '', ...further] = this.#terms[dimension.kind].values(name).texts[code]!.split(separator);
    return { value, further: dimension.further.map((_, i) => further[i] || null) };
  }
}
