// Writes an archive of a database that may be in use: of one moment, in flat memory, and the same bytes for the same content.

import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCodes, StartError } from '../core/exit.ts';
import {
  archiveFormat,
  type ArchivedClicks,
  archiveTables,
  type ArchiveTable,
  archiveVersion,
  endLine,
  headerLine,
  leftOut,
  RowLines,
  sequenceTable,
  type SqlValue,
} from './archive-format.ts';
import { openReader, requirePresentDatabase } from './database.ts';
import { clearPartials, partialName, publish, syncFolder, syncPath } from './finished-file.ts';
import { schemaVersion } from './migrations.ts';
import { schemaHistory } from './schema-history.ts';
import type { Connection } from './query.ts';

const bufferBytes = 2 ** 18;
const rowsBetweenReports = 1_000;

export interface ExportOptions {
  readonly clicks: ArchivedClicks;
  /**
   * What to read in place of a whole table: by the table's name, a SELECT of all its columns in their order, sorted by its key.
   * Called in the transaction of the export.
   */
  readonly instead?: (connection: Connection) => Readonly<Record<string, string>>;
  /** One of that name was killed before; what it left is removed. */
  readonly onInterrupted?: () => void;
  /** Rows; the total is an estimate. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ExportResult {
  readonly rows: number;
  readonly bytes: number;
}

/** Gathers lines, so that a row does not cost a write, and knows the SHA-256 of what it was given. */
class LineWriter {
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  #lines: string[] = [];
  #length = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= bufferBytes) this.flush();
  }

  flush(): void {
    const bytes = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#length = 0;
    this.#hash.update(bytes);
    // One call may write less than it was given.
    for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written);
  }

  digest(): string {
    this.flush();
    return this.#hash.copy().digest('hex');
  }
}

function selectOf({ name, columns, keys }: ArchiveTable): string {
  const rows = `SELECT ${columns.join(', ')} FROM ${name}`;
  // Numbers of tables that stay behind stay behind with them.
  const left = Object.keys(leftOut).map((table) => `'${table}'`);
  return `${rows}${name === sequenceTable ? ` WHERE name NOT IN (${left.join(', ')})` : ''} ORDER BY ${keys.join(', ')}`;
}

/** Of large tables the highest id: counting their rows would take as long as reading them. */
function estimatedRows(connection: Connection, { name, keys }: ArchiveTable): number {
  const [key] = keys;
  const sql = keys.length === 1 && key === 'id' ? `SELECT max(id) FROM ${name}` : `SELECT count(*) FROM ${name}`;
  return connection.prepare<[], number | null>(sql).pluck().get() ?? 0;
}

function writeRows(connection: Connection, writer: LineWriter, options: ExportOptions): number {
  const tables = archiveTables(schemaHistory.schemaOf(schemaVersion));
  const instead = options.instead?.(connection) ?? {};
  const total = tables.reduce(
    (sum, table) => sum + (Object.hasOwn(instead, table.name) ? 0 : estimatedRows(connection, table)),
    0,
  );
  let rows = 0;
  for (const table of tables) {
    const lines = new RowLines(table);
    const sql = instead[table.name] ?? selectOf(table);
    for (const values of connection.prepare<[], SqlValue[]>(sql).raw().iterate()) {
      writer.write(lines.line(values));
      if (++rows % rowsBetweenReports === 0) options.onProgress?.(rows, total);
    }
  }
  return rows;
}

/**
 * Writes everything as it stands at this moment into `file`, which gets its name when it is finished.
 * Throws a StartError when the file exists already or cannot be written; then nothing is left of it.
 */
export function exportArchive(dataFolder: string, file: string, options: ExportOptions): ExportResult {
  const failure = (message: string, cause?: unknown): StartError =>
    new StartError(message, exitCodes.failure, { cause });
  if (existsSync(file)) throw failure(`${file} exists already`);
  requirePresentDatabase(dataFolder);
  const source = openReader(dataFolder);
  const partial = partialName(file);
  let descriptor: number | undefined;
  try {
    if (clearPartials(file)) options.onInterrupted?.();
    descriptor = openSync(partial, 'wx', 0o600);
    const writer = new LineWriter(descriptor);
    // As many rows as there are links: not in memory.
    source.pragma('temp_store = FILE');
    source.exec('BEGIN');
    writer.write(
      headerLine({ format: archiveFormat, version: archiveVersion, schema: schemaVersion, clicks: options.clicks }),
    );
    const rows = writeRows(source, writer, options);
    source.exec('COMMIT');
    writer.write(endLine(rows, writer.digest()));
    writer.flush();
    closeSync(descriptor);
    descriptor = undefined;
    syncPath(partial);
    publish(partial, file);
    syncFolder(dirname(file));
    return { rows, bytes: statSync(file).size };
  } catch (cause) {
    if (descriptor !== undefined) closeSync(descriptor);
    rmSync(partial, { force: true });
    if (cause instanceof StartError) throw cause;
    throw failure(`cannot export to ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  } finally {
    source.close();
  }
}
