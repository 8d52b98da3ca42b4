// A disk that is stuck for as long as a test wants: a server's threads wait for it, and the test is told that one does. Where no
// compiler is, there is none (held-disk.c).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { compilePreload } from './preload-library.ts';
import { temporaryFolder } from './server-process.ts';

export const compileHolder = (): ReturnType<typeof compilePreload> => compilePreload('held-disk');

/** Of one server process on one data folder. */
export class HeldDisk {
  readonly #folder = temporaryFolder();
  /** For startServer. */
  readonly environment: Record<string, string>;

  constructor(library: string, dataFolder: string) {
    this.environment = {
      LD_PRELOAD: library,
      HELD_FILES: join(dataFolder, 'signpost.db'),
      HELD_SYNCS: join(this.#folder, 'syncs'),
      HELD_READS: join(this.#folder, 'reads'),
    };
  }

  /** From now on nobody's syncs, or nobody's reads but the main thread's, come to an end. */
  hold(what: 'syncs' | 'reads'): Hold {
    return new Hold(join(this.#folder, what));
  }
}

export class Hold {
  readonly #pipe: string;
  /** Resolves when a thread waits. */
  readonly met: Promise<void>;
  readonly #writer: Promise<FileHandle>;

  constructor(pipe: string) {
    this.#pipe = pipe;
    const { status, stderr } = spawnSync('mkfifo', [pipe], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    // Opening a pipe to write waits for somebody who reads.
    this.#writer = open(pipe, 'w');
    this.met = this.#writer.then(() => {});
  }

  async release(): Promise<void> {
    // Both ways at once: waits for nobody, and ends our own waiting where nobody came.
    const both = await open(this.#pipe, 'r+');
    rmSync(this.#pipe);
    await (await this.#writer).close();
    await both.close();
  }
}
