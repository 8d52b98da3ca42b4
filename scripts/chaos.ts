// The long crash proofs, too long for `npm test`: kills a server at full load CHAOS_ROUNDS times (20) for each durability and
// compares what its clients were told with what it kept. Ends with 0 when every promise held.

import { runCrashRounds } from '../test/support/crash-rounds.ts';
import { closeServers } from '../test/support/server-process.ts';
import { durabilities } from '../src/storage/durability.ts';

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 20);
const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);

console.log(`${rounds} rounds for each durability; the same kills again: CHAOS_SEED=${seed}`);
try {
  for (const durability of durabilities) {
    await runCrashRounds({ durability, rounds, seed, onRound: (line) => console.log(line) });
  }
} finally {
  await closeServers();
}
console.log('every answered redirect is in the database once, and the roll-ups agree with the hits');
