// `signpost clicks erase`.

import { canonicalAddress } from '../clicks/address-privacy.ts';
import { exitCodes } from '../core/exit.ts';
import { quoted } from '../core/one-line.ts';
import { type Command, usageError } from './command.ts';
import { databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';
import { ProgressBar } from './progress.ts';

export const clicksEraseCommand: Command = {
  flags: {
    address: { placeholder: 'ADDRESS', help: 'The IPv4 or IPv6 address of the visitor.' },
    json: { help: 'Print a JSON object.' },
    ...databaseFlags,
  },
  notes: [
    'Removes address and visitor hash from every stored hit with this address; totals and statistics stay. Where addresses were stored ' +
      'truncated, those of the whole network are removed: which of its hits were the visitor’s is not known any more.',
  ],
  async run(given) {
    const written = given.requiredText('address');
    const address = canonicalAddress(written);
    if (address === null) throw usageError(`${quoted(written)} is not an IP address`, 'clicks erase');
    const { eraseAddress } = await import('../clicks/address-erasure-store.ts');
    const bar = new ProgressBar('clicks erase');
    bar.note('looking through stored hits');
    const erased = await withDatabase(given, (connection) => eraseAddress(connection, address)).finally(() =>
      bar.end(),
    );
    process.stdout.write(given.has('json') ? `${JSON.stringify({ erased })}\n` : `${erased}\n`);
    return exitCodes.ok;
  },
};
