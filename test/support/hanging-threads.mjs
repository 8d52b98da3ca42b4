// Preloaded by a server's process (`--import`): once the folder TEST_THREADS_HANG holds a file `hang`, none of its worker threads does
// anything any more; each notes there that it has come to this.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';

const lookEveryMs = 10;
const never = new Int32Array(new SharedArrayBuffer(4));
const folder = process.env.TEST_THREADS_HANG;

if (!isMainThread) {
  setInterval(() => {
    if (!existsSync(join(folder, 'hang'))) return;
    writeFileSync(join(folder, `hangs-${threadId}`), '');
    Atomics.wait(never, 0, 0);
  }, lookEveryMs).unref();
}
