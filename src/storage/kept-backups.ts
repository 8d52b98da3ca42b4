// The folder of the backups that the server makes by itself: files named by their time, of which the newest are kept. Nothing else in
// it is touched.

import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

// Colons are not for file names everywhere.
const name = /^signpost-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.db$/;

export interface KeptBackup {
  readonly file: string;
  /** When it was begun. */
  readonly at: number;
}

/** Where they are, with `backups.folder` or without. */
export const backupFolder = (configured: string | undefined, dataFolder: string): string =>
  configured ?? join(dataFolder, 'backups');

export function newBackupFile(folder: string, now: number): string {
  const time = new Date(now).toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  return join(folder, `signpost-${time}.db`);
}

/** The newest first. Throws when the folder cannot be read; one that is not there has none. */
export function keptBackups(folder: string): KeptBackup[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder)
    .flatMap((entry) => {
      const [, day, hours, minutes, seconds] = name.exec(entry) ?? [];
      if (day === undefined) return [];
      return [{ file: join(folder, entry), at: Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`) }];
    })
    .toSorted((a, b) => b.at - a.at);
}

/**
 * Removes what is left of backups of the server's own that were killed in the middle. Returns what they would have been. Whether
 * processes of their numbers run says nothing: in a container the same numbers come again.
 */
export function clearUnfinished(folder: string): string[] {
  const files = readdirSync(folder).flatMap((entry) => {
    const finished = entry.replace(/\.partial-\d+(?:-journal|-wal|-shm)?$/, '');
    if (finished === entry || !name.test(finished)) return [];
    rmSync(join(folder, entry), { force: true });
    return [join(folder, finished)];
  });
  return [...new Set(files)];
}

/** Removes all but the newest `keep`. Returns the files that are gone. */
export function dropOldBackups(folder: string, keep: number): string[] {
  const old = keptBackups(folder).slice(keep);
  for (const { file } of old) rmSync(file, { force: true });
  return old.map(({ file }) => file);
}
