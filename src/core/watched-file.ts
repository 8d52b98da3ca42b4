// A file of the operator's that is read again whenever it has changed: replaced by another (the usual case), or written in place.
// New content is handed over only after the file has come to rest; what its taker refuses leaves everything as it was. What the system
// announces is seen at once; a job looks now and then for what it does not.

import { readFileSync, statSync, watch, type BigIntStats, type FSWatcher } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export interface WatchedFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** Takes the content; throws an Error that says in one line what is wrong with it. */
  readonly take: (bytes: Buffer) => void;
  readonly onTaken: () => void;
  /** Told once for each content, or each way of not being readable. */
  readonly onRefused: (reason: string) => void;
  /** How long it must have stayed the same before it is read. */
  readonly restMs?: number;
}

/** Differs whenever the content may differ: a file with its old times and size is still another inode, or was changed later. */
function markOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.split('\n', 1)[0]! : String(error);
}

export class WatchedFile {
  readonly #options: WatchedFileOptions;
  /** Of the content that was last taken or refused, or why there was none. */
  #mark = '';
  readonly #watcher: FSWatcher | undefined;
  #soon: NodeJS.Timeout | undefined;
  #isChecking = false;
  #isClosed = false;

  private constructor(options: WatchedFileOptions) {
    this.#options = options;
    // Before the content: what changes in between is noticed.
    const stats = statSync(options.path, { bigint: true });
    this.#mark = markOf(stats);
    requireSize(stats, options.maxBytes);
    options.take(readFileSync(options.path));
    this.#watcher = this.#watchFolder();
  }

  /** Reads the file now; throws when it cannot be read or is refused. Then watches it until it is closed. */
  static open(options: WatchedFileOptions): WatchedFile {
    return new WatchedFile(options);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#soon);
    this.#watcher?.close();
  }

  /** The folder, because a file that is replaced is another one than was watched. Where that does not work, looking now and then does. */
  #watchFolder(): FSWatcher | undefined {
    const name = basename(this.#options.path);
    try {
      const watcher = watch(dirname(this.#options.path), { persistent: false }, (_, changed) => {
        if (changed === null || changed === name) this.#checkSoon();
      });
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return undefined;
    }
  }

  #checkSoon(): void {
    if (this.#isClosed) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.check();
    }, this.#options.restMs ?? 250).unref();
  }

  /** Looks whether it has changed, and if so, waits until it rests and reads it. Never rejects. */
  async check(): Promise<void> {
    if (this.#isChecking || this.#isClosed) return;
    this.#isChecking = true;
    try {
      const before = await this.#look();
      if (before === this.#mark) return;
      await new Promise((resolve) => setTimeout(resolve, this.#options.restMs ?? 250).unref());
      if (this.#isClosed) return;
      if ((await this.#look()) !== before) {
        this.#checkSoon();
        return;
      }
      await this.#read(before);
    } finally {
      this.#isChecking = false;
    }
  }

  async #look(): Promise<string> {
    try {
      return markOf(await stat(this.#options.path, { bigint: true }));
    } catch (error) {
      return reasonOf(error);
    }
  }

  async #read(mark: string): Promise<void> {
    const { path, maxBytes, take, onTaken, onRefused } = this.#options;
    try {
      requireSize(await stat(path, { bigint: true }), maxBytes);
      const bytes = await readFile(path);
      if (this.#isClosed) return;
      if ((await this.#look()) !== mark) {
        this.#checkSoon();
        return;
      }
      this.#mark = mark;
      take(bytes);
      onTaken();
    } catch (error) {
      this.#mark = mark;
      if (!this.#isClosed) onRefused(reasonOf(error));
    }
  }
}

function requireSize({ size }: BigIntStats, maxBytes: number): void {
  if (size > maxBytes) throw new Error(`it has ${size} bytes, more than ${maxBytes}`);
}
