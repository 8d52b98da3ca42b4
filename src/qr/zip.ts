// Many files as one zip archive. Images that are compressed already are stored as they are.

import { zipSync, type Zippable } from 'fflate';
import type { PackedFile } from './drawing-protocol.ts';

// The same files make the same archive, whenever and wherever it is made. A zip knows no time before 1980, and no time zone.
const filesDate = new Date(1980, 0, 1);

export function zipped(files: readonly PackedFile[]): Uint8Array {
  const entries: Zippable = {};
  for (const { name, bytes } of files) {
    entries[name] = [bytes, { level: name.endsWith('.png') ? 0 : 6, mtime: filesDate }];
  }
  return zipSync(entries);
}
