// Brings the database of a folder to this program's schema when a server starts: a copy beside it first, then all steps or none.

import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { exitCodes, StartError } from '../core/exit.ts';
import { backUp } from './backup.ts';
import { databaseFile, hasDatabase, inspectDatabase, prepareDatabase } from './database.ts';
import { clearPartials, syncFolder } from './finished-file.ts';
import { type Migration, migrations } from './migrations.ts';

export interface Upgrade {
  readonly from: number;
  readonly to: number;
  /** The database as it was. */
  readonly copy: string;
  /** Whether it was tried before, and came to no end. */
  readonly isRepeated: boolean;
}

/** One name for each schema: a start that fails again and again must not fill the disk with copies. */
const copyName = (file: string, to: number): string => `${file}.before-schema-${to}`;

async function copyBeside(dataFolder: string, copy: string): Promise<void> {
  const file = databaseFile(dataFolder);
  const fresh = `${copy}.new`;
  clearPartials(fresh);
  rmSync(fresh, { force: true });
  try {
    await backUp(dataFolder, fresh, { maxBytesPerSecond: 0, onProgress: () => {} });
    renameSync(fresh, copy);
    syncFolder(dataFolder);
  } catch (cause) {
    throw new StartError(
      `cannot upgrade ${file}: there has to be a copy first, and ${(cause as Error).message}; the database is as it was`,
      exitCodes.failure,
      { cause },
    );
  }
}

/**
 * Creates the database, upgrades it, or leaves it as it is. Returns what was upgraded, if anything. Throws a StartError where it
 * cannot; the database is then as it was. For whoever holds the folder's lock.
 */
export async function prepareOrUpgrade(
  dataFolder: string,
  { steps = migrations, onUpgrade }: { steps?: readonly Migration[]; onUpgrade?: (upgrade: Upgrade) => void } = {},
): Promise<Upgrade | undefined> {
  const file = databaseFile(dataFolder);
  const to = 1 + steps.length;
  const from = hasDatabase(dataFolder) ? inspectDatabase(file, to) : 0;
  if (from === 0 || from === to) {
    prepareDatabase(dataFolder, steps);
    return undefined;
  }
  const copy = copyName(file, to);
  // Finished, or not even that.
  const isRepeated = readdirSync(dataFolder).some((name) => `${name}.`.startsWith(`${basename(copy)}.`));
  const upgrade = { from, to, copy, isRepeated };
  onUpgrade?.(upgrade);
  await copyBeside(dataFolder, upgrade.copy);
  try {
    prepareDatabase(dataFolder, steps);
  } catch (cause) {
    throw new StartError(
      `${(cause as Error).message}; it is as it was, with schema ${from}, and so is the copy ${upgrade.copy}`,
      exitCodes.failure,
      { cause },
    );
  }
  return upgrade;
}
