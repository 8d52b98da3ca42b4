// `signpost links delete`: the only way to delete a link for good. The server must be stopped, so that none of its caches
// still knows the link.

import { deleteHitsOf } from '../clicks/link-clicks-store.ts';
import { systemClock } from '../core/clock.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import { deleteArchivedLink } from '../links/link-deletion-store.ts';
import { lockDataFolder, type ProcessLock } from '../storage/process-lock.ts';
import type { Command } from './command.ts';
import { configFrom, databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';
import { ProgressBar } from './progress.ts';

/** Its clicks are counted in the memory of a running server; nothing could tell it to forget one link. */
function lockStoppedFolder(dataFolder: string): ProcessLock {
  try {
    return lockDataFolder(dataFolder);
  } catch (error) {
    if (!(error instanceof StartError) || error.exitCode !== exitCodes.locked) throw error;
    const message = `${error.message}: stop it, delete the link, and start it again; an archived link answers nobody meanwhile`;
    throw new StartError(message, exitCodes.locked, { cause: error });
  }
}

export const linksDeleteCommand: Command = {
  flags: { json: { help: 'Print a JSON object.' }, ...databaseFlags },
  positionals: ['ID'],
  notes: [
    'The link must be archived, and the server stopped. Its history and every single click go with it; their numbers stay in the statistics of its user. Its slug is free again: think of the prints that may still be about.',
  ],
  async run(given) {
    const [publicId = ''] = given.positionals;
    await withDatabase(given, (connection) => {
      const lock = lockStoppedFolder(configFrom(given)['data_dir']);
      const bar = new ProgressBar('links delete');
      bar.note('taking its clicks out');
      try {
        connection
          .transaction(() =>
            deleteArchivedLink(connection, publicId, systemClock.now(), (linkId) => deleteHitsOf(connection, linkId)),
          )
          .immediate();
      } finally {
        bar.end();
        lock.release();
      }
    });
    const deleted = { id: publicId, state: 'deleted' };
    process.stdout.write(given.has('json') ? `${JSON.stringify(deleted)}\n` : `${publicId} is deleted\n`);
    return exitCodes.ok;
  },
};
