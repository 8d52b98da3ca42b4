// `signpost export FILE` and `signpost import FILE`: everything as lines of JSON that any program can read, and back.

import { resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { suggestion } from '../core/nearest.ts';
import { quoted } from '../core/one-line.ts';
import type { ExportResult } from '../storage/archive-export.ts';
import { type Arguments, type Command, usageError } from './command.ts';
import { dataFolderOf, timeSuffix } from './backup.ts';
import { report } from './report.ts';
import { databaseFlags } from './config-flags.ts';
import { ProgressBar } from './progress.ts';

const json = { help: 'Print a JSON object.' };

export const exportCommand: Command = {
  flags: {
    clicks: { help: 'Every raw click as well. Without it: the statistics, and of raw clicks what is not in them yet.' },
    json,
    ...databaseFlags,
  },
  positionals: ['FILE'],
  notes: [
    'Lines of JSON: users, hashes of keys and passwords, domains, links, tags, history, QR codes, galleries, statistics. ' +
      'The server may be running; the archive is of the moment at which it began. Only its owner can read it.',
  ],
  async run(given) {
    const file = resolve(given.positionals[0] as string);
    const dataFolder = dataFolderOf(given);
    const [{ exportArchive }, { withoutRolledUpClicks, withWholeTotals }] = await Promise.all([
      import('../storage/archive-export.ts'),
      import('../clicks/click-archive-store.ts'),
    ]);
    const bar = new ProgressBar('export');
    let interrupted = '';
    const telling = {
      onProgress: (done: number, total: number): void => bar.show(done, total),
      onInterrupted: () => (interrupted = '; one was interrupted before, and what it left is removed'),
    };
    let done: ExportResult;
    try {
      done = given.has('clicks')
        ? exportArchive(dataFolder, file, { clicks: 'all', instead: withWholeTotals, ...telling })
        : exportArchive(dataFolder, file, { clicks: 'not-rolled-up', instead: withoutRolledUpClicks, ...telling });
    } finally {
      bar.end();
    }
    const { rows, bytes } = done;
    return report(given, `${file}: ${rows} rows, ${(bytes / 1e6).toFixed(1)} MB${interrupted}`, { file, rows, bytes });
  },
};

interface Imported {
  readonly rows: number;
  /** Where the empty database is that was there. */
  readonly replaced: string | undefined;
}

/** By the value of --format. Archives of other shorteners get a line here. */
const importers: Readonly<Record<string, (file: string, dataFolder: string, bar: ProgressBar) => Promise<Imported>>> = {
  async signpost(file, dataFolder, bar) {
    const { importArchive } = await import('../storage/archive-import.ts');
    const suffix = timeSuffix(systemClock.now());
    return importArchive(file, dataFolder, {
      suffix,
      onProgress: (done, total) => bar.show(done, total),
      onCheck: () => bar.note('checking the database'),
    });
  },
};

function importerOf(given: Arguments): (typeof importers)[string] {
  const format = given.text('format') ?? 'signpost';
  const importer = Object.hasOwn(importers, format) ? importers[format] : undefined;
  if (importer === undefined)
    throw usageError(`unknown format ${quoted(format)}, ${suggestion(format, Object.keys(importers))}`, 'import');
  return importer;
}

export const importCommand: Command = {
  flags: {
    format: {
      placeholder: 'NAME',
      help: `What wrote the file: ${Object.keys(importers).join(', ')}. Default: signpost.`,
    },
    json,
    ...databaseFlags,
  },
  positionals: ['FILE'],
  notes: [
    'Into a folder without a database, or one that nobody has used since its first start; that database is kept beside the new one. ' +
      'The server must not run. The archive is checked whole before anything changes.',
  ],
  async run(given) {
    const file = resolve(given.positionals[0] as string);
    const importer = importerOf(given);
    const dataFolder = dataFolderOf(given);
    const { ensureDataFolder } = await import('../storage/database.ts');
    ensureDataFolder(dataFolder);
    const bar = new ProgressBar('import');
    const { rows, replaced } = await importer(file, dataFolder, bar).finally(() => bar.end());
    const kept = replaced === undefined ? '' : `; the empty database before is ${replaced}`;
    return report(given, `${dataFolder}: ${rows} rows imported${kept}`, {
      dataDir: dataFolder,
      rows,
      replaced: replaced ?? null,
    });
  },
};
