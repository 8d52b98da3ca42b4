// Preloaded by a server's process (`--import`): at each SIGUSR2 it collects its garbage, and says on standard error how many bytes are left.

import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

// V8 gives up code that was not run during several collections; until then the figure would not stand still.
const collections = 10;

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  let count = 0;
  process.on('SIGUSR2', async () => {
    for (let n = 0; n < collections; n++) {
      collect();
      await setImmediate();
    }
    const { heapUsed, external } = process.memoryUsage();
    writeSync(2, `heap ${++count}: ${heapUsed + external} bytes\n`);
  });
}
