// Preloaded by a server's process (`--import`): on its main thread the clock that never steps back stands, and goes on by a minute and a second
// at each SIGUSR2, which it says on standard error.

import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const stepMs = 61_000;

if (isMainThread) {
  let now = 1_000;
  performance.now = () => now;
  process.on('SIGUSR2', () => {
    now += stepMs;
    writeSync(2, `timer: ${now}\n`);
  });
}
