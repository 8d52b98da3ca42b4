// The long proofs, too long for `npm test`: without a name, kills a server at full load CHAOS_ROUNDS times (20) for each durability
// and compares what its clients were told with what it kept; `webhooks` kills it CHAOS_WEBHOOK_ROUNDS times (50) while it delivers, and
// compares what happened with what the receiver got; `qr` decodes CHAOS_ROUNDS × 50 QR codes. Ends with 0 when every promise held.

import { runCrashRounds } from '../test/support/crash-rounds.ts';
import { closeServers } from '../test/support/server-process.ts';
import { runWebhookCrashRounds } from '../test/support/webhook-crash-rounds.ts';
import { durabilities } from '../src/storage/durability.ts';
import { decodeCombinations } from './chaos/qr-codes.ts';

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 20);
const webhookRounds = Number(process.env['CHAOS_WEBHOOK_ROUNDS'] ?? 50);
const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
const say = (line: string): void => console.log(line);

async function crashes(): Promise<void> {
  console.log(`${rounds} rounds for each durability; the same kills again: CHAOS_SEED=${seed}`);
  try {
    for (const durability of durabilities) await runCrashRounds({ durability, rounds, seed, onRound: say });
  } finally {
    await closeServers();
  }
  console.log('every answered redirect is in the database once, and the roll-ups agree with the hits');
}

async function webhooks(): Promise<void> {
  console.log(`${webhookRounds} rounds; the same kills again: CHAOS_SEED=${seed}`);
  try {
    await runWebhookCrashRounds({ rounds: webhookRounds, seed, onRound: say });
  } finally {
    await closeServers();
  }
  console.log('every link that was made and every click that was counted was delivered, doubles under the same id');
}

async function qr(): Promise<void> {
  console.log(`${rounds * 50} QR codes; the same ones again: CHAOS_SEED=${seed}`);
  await decodeCombinations(rounds * 50, seed, say);
  console.log('every image that was handed out can be read');
}

const proofs: Readonly<Record<string, () => Promise<void>>> = { crashes, webhooks, qr };
const [name = 'crashes'] = process.argv.slice(2);
const proof = Object.hasOwn(proofs, name) ? proofs[name] : undefined;
if (proof === undefined) {
  console.error(`there is no proof ${name}: ${Object.keys(proofs).join(', ')}`);
  process.exitCode = 2;
} else await proof();
