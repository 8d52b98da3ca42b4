// `signpost backup FILE` and `signpost restore FILE`: the whole database as one file, and back.

import { resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { keepNativeAddonsIn } from '../core/native-addons.ts';
import type { CopyProgress, RestoreResult } from '../storage/backup.ts';
import { usageError, type Arguments, type Command } from './command.ts';
import { configFrom, databaseFlags } from './config-flags.ts';
import { ProgressBar } from './progress.ts';
import { report } from './report.ts';

const defaultMegabytesPerSecond = 50;
const bytesPerMegabyte = 1_000_000;

export function dataFolderOf(given: Arguments): string {
  const dataFolder = configFrom(given)['data_dir'];
  keepNativeAddonsIn(dataFolder);
  return dataFolder;
}

function megabytesPerSecond(given: Arguments): number {
  const text = given.text('max-rate') ?? String(defaultMegabytesPerSecond);
  if (!/^\d{1,6}$/.test(text))
    throw usageError('flag --max-rate takes whole megabytes a second, 0 to 999999', 'backup');
  return Number(text);
}

/** For the name of a database that was replaced. Colons are not for file names everywhere. */
export function timeSuffix(now: number): string {
  return `replaced-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`;
}

export const backupCommand: Command = {
  flags: {
    'max-rate': {
      placeholder: 'MB',
      help: `Megabytes a second at most, so that redirects keep the disk; 0: as fast as it goes. Default: ${defaultMegabytesPerSecond}.`,
    },
    json: { help: 'Print a JSON object.' },
    ...databaseFlags,
  },
  positionals: ['FILE'],
  notes: [
    'The copy is of the moment at which it began, whatever the server writes meanwhile, and is checked before it gets its name. ' +
      'It holds everything, the hashes of keys and passwords included, and only its owner can read it.',
  ],
  async run(given) {
    const file = resolve(given.positionals[0] as string);
    const maxBytesPerSecond = megabytesPerSecond(given) * bytesPerMegabyte;
    const dataFolder = dataFolderOf(given);
    const { backUp } = await import('../storage/backup.ts');
    const bar = new ProgressBar('backup');
    let interrupted = '';
    const bytes = await backUp(dataFolder, file, {
      maxBytesPerSecond,
      onInterrupted: () => (interrupted = '; one was interrupted before, and what it left is removed'),
      onProgress: ({ copiedBytes, totalBytes }) => bar.show(copiedBytes, totalBytes),
      onCheck: () => bar.note('checking the copy'),
    }).finally(() => bar.end());
    return report(given, `${file}: ${(bytes / bytesPerMegabyte).toFixed(1)} MB, checked${interrupted}`, {
      file,
      bytes,
    });
  },
};

export const restoreCommand: Command = {
  flags: {
    replace: { help: 'Restore although there is a database; that one is kept beside it.' },
    json: { help: 'Print a JSON object.' },
    ...databaseFlags,
  },
  positionals: ['FILE'],
  notes: ['The server must not run. A backup of an older version is brought up to date at the next start.'],
  async run(given) {
    const file = resolve(given.positionals[0] as string);
    const dataFolder = dataFolderOf(given);
    const [{ restore }, { ensureDataFolder }] = await Promise.all([
      import('../storage/backup.ts'),
      import('../storage/database.ts'),
    ]);
    ensureDataFolder(dataFolder);
    const suffix = timeSuffix(systemClock.now());
    const bar = new ProgressBar('restore');
    const options = {
      replace: given.has('replace'),
      suffix,
      onProgress: ({ copiedBytes, totalBytes }: CopyProgress) => bar.show(copiedBytes, totalBytes),
      onCheck: () => bar.note('checking the copy'),
    };
    let restored: RestoreResult;
    try {
      restored = restore(file, dataFolder, options);
    } finally {
      bar.end();
    }
    const { bytes, replaced } = restored;
    const kept = replaced === undefined ? '' : `; the database before is ${replaced}`;
    return report(given, `${dataFolder}: restored ${(bytes / bytesPerMegabyte).toFixed(1)} MB${kept}`, {
      dataDir: dataFolder,
      bytes,
      replaced: replaced ?? null,
    });
  },
};
