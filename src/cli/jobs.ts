// `signpost jobs list|run`.

import { AppError } from '../core/errors.ts';
import { systemClock } from '../core/clock.ts';
import { exitCodes } from '../core/exit.ts';
import { suggestion } from '../core/nearest.ts';
import { quoted } from '../core/one-line.ts';
import { type JobState, listJobs } from '../scheduler/job-list-store.ts';
import { requestJob } from '../scheduler/request-job-store.ts';
import type { Connection } from '../storage/query.ts';
import { report } from './report.ts';
import type { Command } from './command.ts';
import { databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';
import { longestWaitMs, runJob } from './job-run.ts';
import { ProgressBar } from './progress.ts';
import { listing, shownTime } from './listing.ts';

function stateOf({ claim, leaseUntil, error }: JobState, now: number): string {
  if (claim !== null && (leaseUntil ?? 0) > now) return 'running';
  return error === null ? 'waiting' : 'failed';
}

export const jobsListCommand: Command = {
  flags: { json: { help: 'Print a JSON array.' }, ...databaseFlags },
  async run(given) {
    const jobs = await withDatabase(given, listJobs);
    const now = systemClock.now();
    const rows = jobs.map((job) => ({
      name: job.name,
      state: stateOf(job, now),
      nextRunAt: shownTime(job.dueAt),
      lastRunAt: shownTime(job.startedAt),
      durationMs: job.durationMs === null ? null : String(job.durationMs),
      runs: String(job.runs),
      error: job.error,
    }));
    const columns = ['name', 'state', 'nextRunAt', 'lastRunAt', 'durationMs', 'runs', 'error'];
    process.stdout.write(listing(columns, rows, given.has('json')));
    return exitCodes.ok;
  },
};

function requireJob(connection: Connection, name: string): void {
  const names = listJobs(connection).map((job) => job.name);
  if (names.includes(name)) return;
  throw new AppError('NOT_FOUND', `there is no job ${quoted(name)}, ${suggestion(name, names)}`);
}

export const jobsRunCommand: Command = {
  flags: {
    'no-wait': { help: 'Do not wait for its end.' },
    json: { help: 'Print a JSON object.' },
    ...databaseFlags,
  },
  positionals: ['NAME'],
  notes: ['The running server runs it within a few seconds; without one, the next server does when it starts.'],
  async run(given) {
    const name = given.positionals[0] ?? '';
    return withDatabase(given, async (connection, dataFolder) => {
      requireJob(connection, name);
      const { isInUse } = await import('../storage/process-lock.ts');
      if (given.has('no-wait') || !isInUse(dataFolder)) {
        requestJob(connection, name, systemClock.now());
        const who = given.has('no-wait') ? 'the' : 'no server is running here: the next';
        return report(given, `${name} is due now; ${who} server runs it`, { name, ran: false, durationMs: null });
      }
      const bar = new ProgressBar('jobs run');
      bar.note(`waiting for ${name}`);
      const ended = await runJob(connection, name, longestWaitMs).finally(() => bar.end());
      if (ended === undefined) {
        process.stderr.write(
          `${name} has not ended within ${longestWaitMs / 60_000} minutes; it may be running still\n`,
        );
        return exitCodes.failure;
      }
      if (ended.error !== null) {
        process.stderr.write(`${name} failed: ${ended.error}\n`);
        return exitCodes.failure;
      }
      const durationMs = ended.durationMs ?? 0;
      return report(given, `${name} ran in ${durationMs} ms`, { name, ran: true, durationMs });
    });
  },
};
