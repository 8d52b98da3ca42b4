// `signpost doctor`: whether what is in the database still agrees with itself. Reads only; the server may be running.

import { exitCodes } from '../core/exit.ts';
import type { Command } from './command.ts';
import { databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';

export const doctorCommand: Command = {
  flags: { json: { help: 'Print a JSON array of what is wrong.' }, ...databaseFlags },
  notes: [
    'Makes every roll-up of clicks anew from the hits that it was made of, and compares: exit code 1 when anything differs.',
    'Some seconds for a million clicks. The server may be running: what it writes meanwhile is not looked at.',
  ],
  async run(given) {
    // Loaded this late so that help needs none of it.
    const { auditRollUps, named } = await import('../clicks/roll-up-audit-store.ts');
    const differences = await withDatabase(given, (connection) => named(connection, auditRollUps(connection)));
    if (given.has('json')) process.stdout.write(`${JSON.stringify(differences, null, 2)}\n`);
    else if (differences.length === 0) process.stdout.write('clicks: totals, roll-ups and hits agree\n');
    else
      for (const { about, link, message } of differences)
        process.stdout.write(`clicks: ${about}${link === null ? '' : ` of ${link}`}: ${message}\n`);
    return differences.length === 0 ? exitCodes.ok : exitCodes.failure;
  },
};
