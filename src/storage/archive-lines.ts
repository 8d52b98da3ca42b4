// Reads an archive line by line in flat memory, and checks on the way that it is whole: its head, its rows' number, its SHA-256.

import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { exitCodes, StartError } from '../core/exit.ts';
import { archivedClicks, archiveFormat, type ArchiveTable, archiveVersion, type SqlValue } from './archive-format.ts';

const chunkBytes = 2 ** 20;
/** The longest rows are those with pictures. */
const maxLineBytes = 64 * 2 ** 20;

export interface ArchiveRow {
  readonly table: ArchiveTable;
  /** In the order of the table's columns. */
  readonly values: readonly SqlValue[];
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function refuse(message: string): never {
  throw new StartError(message, exitCodes.failure);
}

function valueOf(value: unknown, where: string): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (isObject(value) && Object.keys(value).length === 1 && typeof value['base64'] === 'string') {
    const bytes = Buffer.from(value['base64'], 'base64');
    if (bytes.toString('base64') === value['base64']) return bytes;
  }
  return refuse(`${where} is neither text, number, null nor {"base64":"…"}`);
}

export class ArchiveReader {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #lines = this.#read();
  #tables: ReadonlyMap<string, ArchiveTable> = new Map();
  readonly #hash = createHash('sha256');
  readonly bytes: number;
  #rest: Buffer = Buffer.alloc(0);
  #lineNumber = 0;
  readBytes = 0;

  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, 'r');
    this.bytes = fstatSync(this.#descriptor).size;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** "FILE, line 7", for messages. */
  place(): string {
    return `${this.#file}, line ${this.#lineNumber}`;
  }

  /**
   * The version of the schema that its rows are of. To be asked once, first.
   * @param newest that can be read
   */
  schema(newest: number): number {
    const first = this.#lines.next();
    const bytes = first.done === true ? undefined : first.value;
    const header = bytes === undefined ? {} : this.#parsed(bytes);
    if (bytes === undefined || header['format'] !== archiveFormat) refuse(`${this.#file} is not a Signpost archive`);
    const { version, schema } = header;
    if (version !== archiveVersion)
      refuse(
        `${this.#file} is an archive of version ${JSON.stringify(version)}; this program knows version ${archiveVersion}`,
      );
    if (typeof schema !== 'number' || !Number.isInteger(schema) || schema < 1)
      return refuse(`${this.place()}: "schema" is no version`);
    if (schema > newest)
      refuse(
        `${this.#file} was written by a newer Signpost (schema ${schema}, this program knows ${newest}): import it with that one`,
      );
    if (!archivedClicks.some((clicks) => clicks === header['clicks']))
      refuse(`${this.place()}: "clicks" is none of ${archivedClicks.join(', ')}`);
    this.#hash.update(bytes);
    return schema;
  }

  /** Throws a StartError on whatever is no line of an archive, and unless the last line says that all were there. */
  *rows(tables: readonly ArchiveTable[]): IterableIterator<ArchiveRow> {
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    let rows = 0;
    for (const bytes of this.#lines) {
      const line = this.#parsed(bytes);
      if (Object.hasOwn(line, 'end')) {
        this.#checkEnd(line['end'], rows);
        if (this.#lines.next().done !== true) refuse(`${this.place()}: there is more after the end`);
        return;
      }
      this.#hash.update(bytes);
      rows++;
      yield this.#row(line);
    }
    refuse(`${this.#file} was cut: its last line is missing`);
  }

  /** With their line feeds. */
  *#read(): Generator<Buffer, undefined> {
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      if (end !== -1) {
        this.#lineNumber++;
        yield this.#rest.subarray(0, end + 1);
        this.#rest = this.#rest.subarray(end + 1);
        continue;
      }
      if (this.#rest.length > maxLineBytes) refuse(`${this.#file}, line ${this.#lineNumber + 1} is too long`);
      const chunk = Buffer.alloc(chunkBytes);
      const length = readSync(this.#descriptor, chunk, 0, chunkBytes, null);
      this.readBytes += length;
      if (length === 0) {
        if (this.#rest.length > 0) refuse(`${this.#file} was cut in line ${this.#lineNumber + 1}`);
        return;
      }
      this.#rest = Buffer.concat([this.#rest, chunk.subarray(0, length)]);
    }
  }

  #parsed(bytes: Buffer): Fields {
    let line: unknown;
    try {
      line = JSON.parse(bytes.toString());
    } catch {
      line = undefined;
    }
    return isObject(line) ? line : refuse(`${this.place()} is not a JSON object`);
  }

  #row(line: Fields): ArchiveRow {
    const table = this.#tables.get(String(line['table']));
    if (table === undefined) return refuse(`${this.place()}: no table ${JSON.stringify(line['table'])}`);
    const row = line['row'];
    if (!isObject(row)) return refuse(`${this.place()} has no row`);
    const unknown = Object.keys(row).find((name) => !table.columns.includes(name));
    if (unknown !== undefined) refuse(`${this.place()}: ${table.name} has no column ${JSON.stringify(unknown)}`);
    const values = table.columns.map((name) =>
      Object.hasOwn(row, name)
        ? valueOf(row[name], `${this.place()}: ${table.name}.${name}`)
        : refuse(`${this.place()}: ${table.name}.${name} is missing`),
    );
    return { table, values };
  }

  #checkEnd(end: unknown, rows: number): void {
    if (!isObject(end) || end['rows'] !== rows)
      refuse(
        `${this.place()}: ${rows} rows were there, the end says ${JSON.stringify(isObject(end) ? end['rows'] : end)}`,
      );
    if (end['sha256'] !== this.#hash.digest('hex'))
      refuse(`${this.#file} was changed after it was written: its SHA-256 is another`);
  }
}
