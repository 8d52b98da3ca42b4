// What a server's process did to its database files, in its order, and what of it a power cut leaves: everything that was synced, and of
// the rest nothing, all, or any part, sector by sector. Records with recorded-disk.c; where no compiler is, there are no records.

import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePreload } from './preload-library.ts';
import { temporaryFolder } from './server-process.ts';

const kinds = ['', 'write', 'truncate', 'sync begins', 'sync ends', 'unlink'] as const;
const files = ['', '', 'database', 'log', 'folder'] as const;
const entryBytes = 32;
const sectorBytes = 512;

export interface DiskEvent {
  readonly kind: (typeof kinds)[number];
  readonly file: (typeof files)[number];
  /** Of a write its place, of a truncation the length that is left, of a sync its number. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** Milliseconds of performance.now(), on which all processes of a machine agree up to their start. */
  readonly at: number;
}

export const compileRecorder = (): ReturnType<typeof compilePreload> => compilePreload('recorded-disk');

/** Of one server process on one data folder. */
export class DiskRecord {
  readonly #record = join(temporaryFolder(), 'record');
  readonly #failure = join(temporaryFolder(), 'syncs-fail');
  readonly #hang = join(temporaryFolder(), 'syncs-hang');
  readonly #databaseHang = join(temporaryFolder(), 'database-syncs-hang');
  readonly #folder: string;
  readonly #library: string;

  constructor(library: string, dataFolder: string) {
    this.#library = library;
    this.#folder = realpathSync(dataFolder);
  }

  /** For startServer, with `this.folder` as data folder. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      RECORDED_FILES: join(this.#folder, 'signpost.db'),
      RECORDED_TO: this.#record,
      RECORDED_FAILURE: this.#failure,
      RECORDED_HANG: this.#hang,
      RECORDED_DATABASE_HANG: this.#databaseHang,
    };
  }

  /** From now on every sync fails, as where a disk does not take what it was given. */
  failSyncs(): void {
    writeFileSync(this.#failure, '');
  }

  /** From now on no sync comes to an end, as where a disk has gone away. */
  hangSyncs(): void {
    writeFileSync(this.#hang, '');
  }

  /** The same for whoever moves the log into the database; what goes to the log is synced as before. */
  hangDatabaseSyncs(): void {
    writeFileSync(this.#databaseHang, '');
  }

  /** Everything that happened. Of a process that was killed in the middle of it, the last entry may be cut. */
  events(): DiskEvent[] {
    const text = readFileSync(this.#record);
    const sinceHere = performance.now() - Number(process.hrtime.bigint()) / 1e6;
    const events: DiskEvent[] = [];
    for (let at = 0; at + entryBytes <= text.length;) {
      const length = Number(text.readBigUInt64LE(at + 16));
      if (at + entryBytes + length > text.length) break;
      events.push({
        kind: kinds[text.readUInt32LE(at)]!,
        file: files[text.readUInt32LE(at + 4)]!,
        offset: Number(text.readBigUInt64LE(at + 8)),
        bytes: text.subarray(at + entryBytes, at + entryBytes + length),
        at: Number(text.readBigUInt64LE(at + 24)) / 1e6 + sinceHere,
      });
      at += entryBytes + length;
    }
    return events;
  }

  /** Where nothing is recorded any more. */
  remove(): void {
    rmSync(this.#record, { force: true });
  }
}

class FileImage {
  #bytes = Buffer.alloc(0);
  length = 0;

  static of(path: string): FileImage {
    const image = new FileImage();
    if (existsSync(path)) image.write(0, readFileSync(path));
    return image;
  }

  get contents(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  copy(): FileImage {
    const image = new FileImage();
    image.write(0, this.contents);
    return image;
  }

  write(offset: number, bytes: Buffer): void {
    this.resize(Math.max(this.length, offset + bytes.length));
    bytes.copy(this.#bytes, offset);
  }

  /** What a file gains without a write is zeros. */
  resize(length: number): void {
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
      this.contents.copy(larger);
      this.#bytes = larger;
    } else if (length < this.length) this.#bytes.fill(0, length, this.length);
    this.length = length;
  }
}

/** How many of the writes that no sync had made safe were left by a cut. */
export interface Cut {
  readonly unsynced: number;
  readonly fate: Fate;
}

const fates = ['none', 'all', 'some', 'torn'] as const;
/** What becomes of writes that no sync made safe: `torn` decides for each sector of each. */
type Fate = (typeof fates)[number];

/** The disk: what is safe on it, and what was written since the last sync of each file. */
export class Platter {
  readonly #safe: Record<'database' | 'log', FileImage>;
  #hasLog: boolean;
  #unsynced: { readonly event: DiskEvent; readonly number: number }[] = [];
  #number = 0;
  readonly #syncs = new Map<number, number>();

  /** Of a folder in which nothing runs. */
  constructor(dataFolder: string) {
    const database = join(dataFolder, 'signpost.db');
    this.#safe = { database: FileImage.of(database), log: FileImage.of(`${database}-wal`) };
    this.#hasLog = existsSync(`${database}-wal`);
  }

  happened(event: DiskEvent): void {
    const { kind, file, offset } = event;
    const number = ++this.#number;
    if (kind === 'sync begins') this.#syncs.set(offset, number);
    else if (kind === 'sync ends') this.#synced(file, this.#syncs.get(offset)!);
    else if (kind === 'unlink') {
      this.#safe.log.resize(0);
      this.#hasLog = false;
      this.#unsynced = this.#unsynced.filter((pending) => pending.event.file !== 'log');
    } else this.#unsynced.push({ event, number });
  }

  /** Writes into a folder what somebody finds there whose power went now. */
  cutTo(folder: string, random: (below: number) => number): Cut {
    const fate = fates[random(fates.length)]!;
    const left = { database: this.#safe.database.copy(), log: this.#safe.log.copy() };
    for (const { event } of this.#unsynced) {
      if (fate === 'none' || (fate === 'some' && random(2) === 0)) continue;
      apply(left[event.file as 'database' | 'log'], event, fate === 'torn' ? () => random(2) === 0 : () => true);
    }
    const database = join(folder, 'signpost.db');
    for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true });
    writeFileSync(database, left.database.contents);
    // A file of which the folder does not know is not there, whatever was written to it.
    if (this.#hasLog || fate === 'all') writeFileSync(`${database}-wal`, left.log.contents);
    return { unsynced: this.#unsynced.length, fate };
  }

  #synced(file: DiskEvent['file'], before: number): void {
    if (file === 'folder') {
      this.#hasLog ||= this.#safe.log.length > 0 || this.#unsynced.some(({ event }) => event.file === 'log');
      return;
    }
    this.#unsynced = this.#unsynced.filter(({ event, number }) => {
      if (event.file !== file || number > before) return true;
      apply(this.#safe[file as 'database' | 'log'], event, () => true);
      return false;
    });
  }
}

/** @param isLeft asked for each sector of a write */
function apply(image: FileImage, { kind, offset, bytes }: DiskEvent, isLeft: () => boolean): void {
  if (kind === 'truncate') {
    if (isLeft()) image.resize(offset);
    return;
  }
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + sectorBytes - ((offset + start) % sectorBytes));
    if (isLeft()) image.write(offset + start, bytes.subarray(start, end));
    start = end;
  }
}
