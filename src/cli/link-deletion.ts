// `signpost links delete`: the only way to delete a link for good. A running server does it itself, since it counts clicks in its memory
// and knows links by heart; where none runs, the command does.

import { deleteArchivedLink } from '../clicks/link-clicks-store.ts';
import { systemClock } from '../core/clock.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import { deletionState, requestDeletion } from '../links/link-deletion-store.ts';
import { deleteLinksJob } from '../scheduler/job.ts';
import { requestJob } from '../scheduler/request-job-store.ts';
import { lockDataFolder, type ProcessLock } from '../storage/process-lock.ts';
import type { Connection } from '../storage/query.ts';
import type { Command } from './command.ts';
import { databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';
import { findJob, longestWaitMs, lookEveryMs } from './job-run.ts';
import { ProgressBar } from './progress.ts';

/** undefined: a server is running. */
function lockIfFree(dataFolder: string): ProcessLock | undefined {
  try {
    return lockDataFolder(dataFolder);
  } catch (error) {
    if (error instanceof StartError && error.exitCode === exitCodes.locked) return undefined;
    throw error;
  }
}

function deleteHere(connection: Connection, publicId: string): void {
  connection.transaction(() => deleteArchivedLink(connection, publicId, systemClock.now())).immediate();
}

function askServer(connection: Connection, publicId: string, now: number): void {
  connection
    .transaction(() => {
      requestDeletion(connection, publicId, now);
      // Before a server's first announcement there is no such job; then it runs at once.
      requestJob(connection, deleteLinksJob, now);
    })
    .immediate();
}

/** Throws a StartError where the server has tried, and could not. */
function requireNoFailure(connection: Connection, publicId: string, requestedAt: number): void {
  const job = findJob(connection, deleteLinksJob);
  if (job === undefined || job.claim !== null || job.error === null || (job.startedAt ?? 0) < requestedAt) return;
  const message = `the running server could not delete ${publicId} (${job.error}); it will try again by itself`;
  throw new StartError(message, exitCodes.failure);
}

/** Resolves when the link is gone, whoever has deleted it: a server may start, stop or die meanwhile. */
async function deleteSomehow(
  connection: Connection,
  dataFolder: string,
  publicId: string,
  note: (text: string) => void,
): Promise<void> {
  let requestedAt: number | undefined;
  const isDone = (): boolean => {
    const state = requestedAt === undefined ? 'requested' : deletionState(connection, publicId);
    if (state === 'dropped')
      throw new StartError(`${publicId} was restored meanwhile, and is kept; archive it first`, exitCodes.failure);
    return state === 'deleted';
  };
  const end = systemClock.monotonic() + longestWaitMs;
  while (systemClock.monotonic() < end) {
    const lock = lockIfFree(dataFolder);
    if (lock !== undefined) {
      note('taking its clicks out');
      try {
        if (!isDone()) deleteHere(connection, publicId);
        return;
      } finally {
        lock.release();
      }
    }
    if (requestedAt === undefined) {
      requestedAt = systemClock.now();
      askServer(connection, publicId, requestedAt);
      note('waiting until the server has deleted it');
    }
    if (isDone()) return;
    requireNoFailure(connection, publicId, requestedAt);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  const minutes = longestWaitMs / 60_000;
  throw new StartError(
    `the server has not deleted ${publicId} within ${minutes} minutes; it goes on with it`,
    exitCodes.failure,
  );
}

export const linksDeleteCommand: Command = {
  flags: { json: { help: 'Print a JSON object.' }, ...databaseFlags },
  positionals: ['ID'],
  notes: [
    'The link must be archived. Its history and every single click go with it; their numbers stay in the statistics of its user. Its slug is free again: think of the prints that may still be about.',
    'The server may be running: it deletes the link between its redirects, and the command ends when it has. What a stop interrupts goes on at the next start.',
  ],
  async run(given) {
    const [publicId = ''] = given.positionals;
    await withDatabase(given, async (connection, dataFolder) => {
      const bar = new ProgressBar('links delete');
      const note = (text: string): void => bar.note(text);
      await deleteSomehow(connection, dataFolder, publicId, note).finally(() => bar.end());
    });
    const deleted = { id: publicId, state: 'deleted' };
    process.stdout.write(given.has('json') ? `${JSON.stringify(deleted)}\n` : `${publicId} is deleted\n`);
    return exitCodes.ok;
  },
};
