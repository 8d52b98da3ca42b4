// A history of clicks that outlives the benchmark: making one of 100 million takes a quarter of an hour of a quiet machine, measuring
// it minutes, and only the measuring needs the machine for itself.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from './click-history.ts';
import type { ClickSpace } from './click-space.ts';
import type { DataFolder } from './data-folder.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';

export interface MadeHistory {
  readonly data: DataFolder;
  readonly space: ClickSpace;
  readonly history: History;
}

/**
 * The history of `clicks` below `parent`, made by `make` where it is not there yet; without a `parent`, in a folder that `done` removes.
 * Half a history, of a run that was ended, is refused.
 */
export async function historyIn(
  parent: string | undefined,
  clicks: number,
  make: (folder: string) => Promise<MadeHistory>,
): Promise<MadeHistory & { readonly done: () => void }> {
  if (parent === undefined) {
    const folder = makeScratchFolder();
    return { ...(await make(folder)), done: () => removeScratchFolder(folder) };
  }
  const folder = join(parent, `${clicks}-clicks`);
  const note = join(folder, 'made.json');
  const keep = { done: () => {} };
  if (existsSync(note)) return { ...(JSON.parse(readFileSync(note, 'utf8')) as MadeHistory), ...keep };
  if (existsSync(folder)) throw new Error(`${folder} was not finished: delete it`);
  mkdirSync(folder, { recursive: true });
  const made = await make(folder);
  writeFileSync(note, JSON.stringify(made));
  return { ...made, ...keep };
}
