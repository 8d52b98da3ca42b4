// Preloaded by a server's process (`--import`): at each SIGUSR2 it collects its garbage, and says on standard error how many bytes are left.

import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  let count = 0;
  process.on('SIGUSR2', async () => {
    // What is freed by finalizers goes with the second collection.
    collect();
    await setImmediate();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    writeSync(2, `heap ${++count}: ${heapUsed + external} bytes\n`);
  });
}
