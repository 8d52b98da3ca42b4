// Preloaded by a server's process (`--import`): once the file TEST_THREADS_HANG exists, none of its worker threads does anything any more.

import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const lookEveryMs = 10;
const never = new Int32Array(new SharedArrayBuffer(4));

if (!isMainThread) {
  setInterval(() => {
    if (existsSync(process.env.TEST_THREADS_HANG)) Atomics.wait(never, 0, 0);
  }, lookEveryMs).unref();
}
