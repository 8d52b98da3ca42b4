// What tests start as the server: the bundle that `npm start` runs, as long as it is newer than every source; otherwise a
// bundle of this test process's own. It starts in a third of the time that the sources take.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

function newestSource(): number {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Math.max(...files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
}

function bundleIsFresh(mainFile: string): boolean {
  return existsSync(mainFile) && statSync(mainFile).mtimeMs > newestSource();
}

let found: string | undefined;

/** The program's main file, to be run by Node. */
export function programFile(): string {
  if (found !== undefined) return found;
  const shared = join(root, 'dist/app/main.js');
  if (bundleIsFresh(shared)) return (found = shared);
  const folder = join(root, `dist/test-${process.pid}`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [join(root, 'scripts/bundle.ts'), folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  return (found = join(folder, 'main.js'));
}
