// Worker threads of a server that stop doing anything at a word: what a disk that does not answer makes of them, and more.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryFolder } from './server-process.ts';

export class HangingThreads {
  readonly #folder = temporaryFolder();
  /** For the server's process. */
  readonly environment = {
    TEST_THREADS_HANG: this.#folder,
    NODE_OPTIONS: `--import=${new URL('hanging-threads.mjs', import.meta.url).href}`,
  };

  /** Resolves when the writer, the first thread that a server starts, hangs; the others do so as soon as they look. */
  async hang(): Promise<void> {
    writeFileSync(join(this.#folder, 'hang'), '');
    while (!existsSync(join(this.#folder, 'hangs-1'))) await wait(10);
  }
}
