// A backup that the server makes by itself: by the program's own `backup` command, as a process of its own. So neither the copy nor
// its check takes the server's time or memory, and it can be ended at any moment.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ownProgram } from '../core/assets.ts';
import { holdBack } from '../core/background.ts';
import type { Clock } from '../core/clock.ts';
import type { Schedule } from '../core/schedule.ts';
import { databaseSize, freeBytesIn } from './database-size.ts';
import { clearUnfinished, dropOldBackups, newBackupFile } from './kept-backups.ts';
import { ensurePrivateFolder } from './private-folder.ts';
import type { Connection } from './query.ts';

/** What has to be left on the disk of a backup: clicks that come meanwhile need room, too. */
const leastRoomLeftBytes = 64e6;
const maxErrorLength = 10_000;
const stopNoticeMs = 2_000;

export interface BackupPlan {
  readonly schedule: Schedule;
  readonly folder: string;
  /** How many backups there are at the most. */
  readonly keep: number;
}

interface ScheduledBackupOptions {
  readonly plan: Pick<BackupPlan, 'folder' | 'keep'>;
  readonly dataFolder: string;
  readonly reader: Connection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stopping: AbortSignal;
}

/** Removes what is left of backups that were killed along with their server, and says so. */
export function tellInterruptedBackups(folder: string, log: Logger): void {
  for (const file of clearUnfinished(folder))
    log.warn({ file }, 'a backup was interrupted, and what it left is removed');
}

/** Runs the command. Throws an Error with what it said where it failed; resolves false where it was ended. */
async function runCommand(file: string, dataFolder: string, stopping: AbortSignal): Promise<boolean> {
  const [program = '', ...before] = ownProgram();
  const child = spawn(program, [...before, 'backup', file, '--data-dir', dataFolder, '--json'], {
    // Where no configuration file of somebody else's is.
    cwd: dataFolder,
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  // What a backup is paid for with is time nobody waits for.
  if (child.pid !== undefined) holdBack(child.pid);
  const end = (): void => void child.kill('SIGKILL');
  stopping.addEventListener('abort', end, { once: true });
  if (stopping.aborted) end();
  try {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, maxErrorLength);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return true;
    // systemd and a terminal tell every process at once, and this one may hear of it first.
    if (code === null) await sleep(stopNoticeMs, undefined, { signal: stopping }).catch(() => {});
    if (stopping.aborted) return false;
    const reason = said.trim().replace(/^signpost: /, '');
    throw new Error(reason === '' ? 'the process that made it was ended' : reason);
  } finally {
    stopping.removeEventListener('abort', end);
  }
}

function requireRoom({ reader, dataFolder, plan }: ScheduledBackupOptions): void {
  const { databaseBytes } = databaseSize(reader, dataFolder);
  const freeBytes = freeBytesIn(plan.folder);
  if (freeBytes >= databaseBytes + leastRoomLeftBytes) return;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  throw new Error(
    `there is no room for a backup in ${plan.folder}: ${megabytes(freeBytes)} are free, and the database has ${megabytes(databaseBytes)}`,
  );
}

/**
 * Makes a backup, and removes the oldest of those that are too many. Only then: there is never less than there was before. Throws an
 * Error with what went wrong; resolves false where it was not finished because the server stops.
 */
export async function makeScheduledBackup(options: ScheduledBackupOptions): Promise<boolean> {
  const { plan, dataFolder, clock, log, stopping } = options;
  ensurePrivateFolder(plan.folder);
  tellInterruptedBackups(plan.folder, log);
  requireRoom(options);
  const file = newBackupFile(plan.folder, clock.now());
  if (!(await runCommand(file, dataFolder, stopping))) return false;
  const removed = dropOldBackups(plan.folder, plan.keep);
  log.info({ file, removed }, 'a backup is made and checked');
  return true;
}
