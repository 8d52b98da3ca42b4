// What the client for requests of our own costs by itself: requests a second, processor time and memory, with as many at once as one
// webhook has and as many as several have.

import { join } from 'node:path';
import { startReceiver } from './receiver.ts';
import { type BenchmarkOptions, median, type Report, shown } from './report.ts';
import { outputOf, startProcess } from './scratch.ts';

const usual = { rounds: 5, count: 40_000 };
const quick = { rounds: 1, count: 4_000 };
const lanes = [4, 64];
// As the server runs.
const nodeFlags = ['--max-semi-space-size=1', '--no-short-builtin-calls'];

interface Round {
  readonly requestsPerSecond: number;
  readonly processorMicros: number;
  readonly firstMegabytes: number;
}

async function drive(url: string, atOnce: number, count: number): Promise<Round> {
  const args = [...nodeFlags, join(import.meta.dirname, 'outgoing-load.ts'), url, String(atOnce), String(count)];
  return JSON.parse(
    await outputOf(startProcess(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })),
  ) as Round;
}

export async function outgoing(options: BenchmarkOptions): Promise<Report> {
  const plan = options.isQuick ? quick : usual;
  const rounds = options.rounds ?? plan.rounds;
  const receiver = await startReceiver();
  const figures: Record<string, Round[]> = {};
  for (let round = 1; round <= rounds; round++) {
    for (const atOnce of lanes) {
      const found = await drive(receiver.url, atOnce, plan.count);
      (figures[atOnce] ??= []).push(found);
      options.say(`round ${round}, ${atOnce} at once: ${shown(found.processorMicros, 1)} µs a request`);
    }
  }
  await receiver.stop();
  const row = (atOnce: number): string[] => {
    const over = (value: (round: Round) => number): number => median((figures[atOnce] ?? []).map(value));
    return [
      `${atOnce} at once`,
      shown(over((round) => round.requestsPerSecond)),
      shown(
        over((round) => round.processorMicros),
        1,
      ),
      shown(
        over((round) => round.firstMegabytes),
        1,
      ),
    ];
  };
  return {
    tables: [
      {
        title: `${shown(plan.count)} requests to one receiver, median of ${rounds} rounds`,
        columns: ['', 'requests/s', 'CPU µs/request', 'MB with the first'],
        rows: lanes.map(row),
      },
    ],
    notes: [],
    targets: [],
    failures: [],
    figures,
  };
}
