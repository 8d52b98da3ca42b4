// The long proofs, too long for `npm test`: without names, all but that of QR codes, one after the other. `crashes` kills a server at full load
// CHAOS_ROUNDS times (50) for each setting of durability and compares what its clients were told with what it kept; `stop` ends it with SIGTERM
// as often; `input` sends it all the bad input that we know as often, and weighs its memory; `power` cuts its power CHAOS_CUTS times (100);
// `sync` lets its disk fail to sync; `disk` fills its disk; `clock` sets its clock. `webhooks` kills it CHAOS_ROUNDS times for each setting
// while it delivers; `qr` decodes CHAOS_ROUNDS × 20 QR codes. Ends with 0 when every promise held.

import { runBadInputRounds } from '../test/support/bad-input-rounds.ts';
import { runClockSteps } from '../test/support/clock-steps.ts';
import { crashDurabilities, type CrashRounds, runCrashRounds } from '../test/support/crash-rounds.ts';
import { runFullDisk } from '../test/support/full-disk.ts';
import { runPowerCuts } from '../test/support/power-cuts.ts';
import { compileRecorder } from '../test/support/recorded-disk.ts';
import { closeServers } from '../test/support/server-process.ts';
import { mountSmallDisk, unmountSmallDisks } from '../test/support/small-disk.ts';
import { runStopRounds } from '../test/support/stop-rounds.ts';
import { runWebhookCrashRounds } from '../test/support/webhook-crash-rounds.ts';
import { decodeCombinations } from './chaos/qr-codes.ts';

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 50);
const cuts = Number(process.env['CHAOS_CUTS'] ?? 100);
const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
const say = (line: string): void => console.log(line);

const cutsPerServer = 10;
const clockSteps = 16;
const smallDiskKib = 16 * 1024;
const largeDiskKib = 384 * 1024;
/** The log starts over at this length, and keeps its pages. */
const longLogBytes = 66 * 2 ** 20;

function outcomeOf(durability: string, { redirected, lost, lossAllowed }: CrashRounds): string {
  const allowed = lossAllowed === 0 ? 'none may be' : `${lossAllowed} in the windows of 250 ms may be`;
  return `${durability}: ${rounds} kills, ${redirected} redirects received, ${lost} of them lost, ${allowed}`;
}

async function crashes(): Promise<void> {
  const outcomes: string[] = [];
  for (const durability of crashDurabilities)
    outcomes.push(outcomeOf(durability, await runCrashRounds({ durability, rounds, seed, onRound: say })));
  outcomes.forEach(say);
}

async function stop(): Promise<void> {
  const outcomes: string[] = [];
  for (const durability of crashDurabilities) {
    const redirected = await runStopRounds({ durability, rounds, seed, onRound: say });
    outcomes.push(`${durability}: SIGTERM ${rounds} times, ${redirected} redirects, none cut off, none uncounted`);
  }
  outcomes.forEach(say);
}

async function input(): Promise<void> {
  const kinds = await runBadInputRounds({ rounds, onRound: say });
  say(`${kinds} kinds of bad input, ${rounds} times each: every answer as documented, nothing kept in memory`);
}

/** Whether there is what records a disk; says so where there is not. */
function recorder(): string | undefined {
  const compiled = compileRecorder();
  if ('library' in compiled) return compiled.library;
  say(`skipped: ${compiled.missing}`);
  return undefined;
}

async function power(): Promise<void> {
  const library = recorder();
  if (library === undefined) return;
  const common = { library, cutsPerServer, failing: 'power', seed, onServer: say } as const;
  await runPowerCuts({ ...common, durability: 'power', cuts, redirectsPerServer: 10_000 });
  await runPowerCuts({ ...common, durability: 'process', cuts: Math.ceil(cuts / 5), redirectsPerServer: 5_000 });
  say(
    `${cuts} power cuts: everything that was answered at "power" is there, and at "process" what limited links and the API answered`,
  );
}

async function sync(): Promise<void> {
  const library = recorder();
  if (library === undefined) return;
  const common = { library, cutsPerServer, failing: 'sync', seed, onServer: say } as const;
  await runPowerCuts({ ...common, durability: 'power', cuts: Math.ceil(cuts / 5), redirectsPerServer: 3_000 });
  say(
    'every server whose disk failed to sync ended at once, had answered nothing that is not there, and started again',
  );
}

async function disk(): Promise<void> {
  const small = mountSmallDisk(smallDiskKib);
  const large = mountSmallDisk(largeDiskKib);
  if (small === undefined || large === undefined) return say('skipped: no file system can be mounted here');
  await runFullDisk({ disk: small, rounds: 10, logBytes: 0, onRound: say });
  // With room in its log, moving that into the database is what finds the disk full first.
  await runFullDisk({ disk: large, rounds: 3, logBytes: longLogBytes, onRound: say });
  return say('every redirect was sent on, and stored or told as uncounted');
}

async function clock(): Promise<void> {
  await runClockSteps({ steps: clockSteps, redirectsPerStep: 1_000, seed, onStep: say });
  say('no redirect was lost or counted twice, limits held, sums agree');
}

async function webhooks(): Promise<void> {
  for (const durability of crashDurabilities) await runWebhookCrashRounds({ durability, rounds, seed, onRound: say });
  say(
    `${crashDurabilities.length} × ${rounds} kills: every link that was made, changed or archived, every proof of a domain, and every click and scan that was ` +
      'counted was delivered, doubles under the same id',
  );
}

async function qr(): Promise<void> {
  await decodeCombinations(rounds * 20, seed, say);
  say('every image that was handed out can be read');
}

const proofs: Readonly<Record<string, () => Promise<void>>> = {
  crashes,
  stop,
  input,
  power,
  sync,
  disk,
  clock,
  webhooks,
  qr,
};
const usual = ['crashes', 'stop', 'input', 'power', 'sync', 'disk', 'clock', 'webhooks'];
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(proofs, name));
if (unknown !== undefined) {
  console.error(`there is no proof ${unknown}: ${Object.keys(proofs).join(', ')}`);
  process.exitCode = 2;
} else {
  say(`the same faults again: CHAOS_SEED=${seed}`);
  try {
    for (const name of asked.length > 0 ? asked : usual) {
      const startedAt = performance.now();
      say(`── ${name}`);
      await proofs[name]!();
      say(`── ${name} took ${Math.round((performance.now() - startedAt) / 1_000)} s`);
    }
  } finally {
    unmountSmallDisks();
    await closeServers();
  }
}
