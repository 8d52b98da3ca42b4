// Preloaded by a server's process (`--import`): where the folder TEST_LOADING holds a file `slow`, its worker threads take their time
// to load native parts, the later ones longer, and note there that they are about to and that they have.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';

const loadMs = 400 * threadId;
const folder = process.env.TEST_LOADING;
const note = (what) => writeFileSync(join(folder, `${what}-${threadId}`), '');

if (!isMainThread) {
  const load = process.dlopen;
  process.dlopen = (...given) => {
    if (!existsSync(join(folder, 'slow'))) return load.apply(process, given);
    note('loads');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, loadMs);
    const loaded = load.apply(process, given);
    note('loaded');
    return loaded;
  };
}
