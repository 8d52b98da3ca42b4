// Runs timed jobs, one at a time. When a job is due stands in the database, so a restart neither forgets nor repeats; one that died with
// its process is taken up again when its lease ends. Overdue ones come one after the other, with a pause in between.

import type { Logger } from 'pino';
import type { Clock, Timers } from '../core/clock.ts';
import type { Operation } from '../storage/operation.ts';
import type { Connection } from '../storage/query.ts';
import { announceJobs } from './announce-jobs-store.ts';
import { claimJob } from './claim-job-store.ts';
import { finishJob } from './finish-job-store.ts';
import { backOffMs, type Job } from './job.ts';
import { type JobState, listJobs } from './job-list-store.ts';
import { renewLease } from './renew-lease-store.ts';

interface SchedulerOptions {
  readonly jobs: readonly Job[];
  /** Sees what `run` has committed. */
  readonly reader: Connection;
  /** Runs an operation on the writer thread. */
  readonly run: <Input, Output>(operation: Operation<Input, Output>, input: Input) => Promise<Output>;
  /** Names this scheduler in claims: no other, and none before it, is called the same. */
  readonly claim: string;
  readonly clock: Clock;
  readonly timers: Timers;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly log: Logger;
}

const leaseMs = 5 * 60_000;
const renewEveryMs = 60_000;
/** The command line makes jobs due without a word to the server. */
const lookEveryMs = 2_000;
const shortestWaitMs = 20;
const longestPauseMs = 3_000;

/** How runs went since the start, by job. */
export interface JobFigures {
  runs: number;
  failures: number;
  seconds: number;
}

export class Scheduler {
  readonly figures = new Map<string, JobFigures>();
  readonly #options: SchedulerOptions;
  readonly #jobs: ReadonlyMap<string, Job>;
  #isStopping = false;
  #running: Promise<void> | undefined;
  #callOff = (): void => {};
  #idleWaiters: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#jobs = new Map(options.jobs.map((job) => [job.name, job]));
    if (this.#jobs.size !== options.jobs.length) throw new Error('two jobs have the same name');
    for (const name of this.#jobs.keys()) this.figures.set(name, { runs: 0, failures: 0, seconds: 0 });
  }

  async start(): Promise<void> {
    await this.#announce(true);
    this.#look();
  }

  /** Begins no more jobs, tells the one that is running, and waits so long for its end; past it, it is run again after the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#callOff();
    let callOff = (): void => {};
    const tooLong = new Promise<void>((resolve) => (callOff = this.#options.timers.after(graceMs, resolve)));
    await Promise.race([this.#running, tooLong]);
    callOff();
  }

  /** Resolves when no job is running and the next look is being waited for. */
  async idle(): Promise<void> {
    if (this.#running !== undefined) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #announce(isStart: boolean): Promise<void> {
    const { jobs, run, clock } = this.#options;
    const announced = jobs.map(({ name, everyMs, isDueAtStart }) => ({
      name,
      everyMs,
      isDue: isStart && isDueAtStart === true,
    }));
    return run(announceJobs, { jobs: announced, now: clock.now() });
  }

  #look(): void {
    this.#running = this.#runNext()
      .catch((error: unknown) => {
        // The database cannot be read or written: what is due stays due.
        if (!this.#isStopping) this.#options.log.error({ err: error }, 'jobs cannot be run; they will be tried again');
        return lookEveryMs;
      })
      .then((waitMs) => {
        this.#running = undefined;
        for (const resolve of this.#idleWaiters.splice(0)) resolve();
        if (!this.#isStopping) this.#callOff = this.#options.timers.after(waitMs, () => this.#look());
      });
  }

  /** Runs what has been due longest; says when to look again. */
  async #runNext(): Promise<number> {
    const { clock, reader, random } = this.#options;
    const now = clock.now();
    const states = listJobs(reader).filter(({ name }) => this.#jobs.has(name));
    // Further away than it ever waits: the clock was set back.
    if (states.some(({ name, dueAt }) => dueAt > now + this.#jobs.get(name)!.everyMs)) await this.#announce(false);
    const due = states.filter((state) => isDue(state, now));
    const [first] = due;
    if (first !== undefined) await this.#run(this.#jobs.get(first.name)!, first);
    if (due.length > 1) return random() * longestPauseMs;
    const next = Math.min(...states.filter((state) => !isDue(state, now)).map((state) => state.dueAt - now));
    return Math.min(lookEveryMs, Math.max(shortestWaitMs, next));
  }

  async #run(job: Job, { failures }: JobState): Promise<void> {
    const { run, claim, clock, timers, log } = this.#options;
    const { name, everyMs } = job;
    if (!(await run(claimJob, { name, claim, now: clock.now(), leaseMs }))) return;
    let callOff = (): void => {};
    const renewLater = (): void => {
      callOff = timers.after(renewEveryMs, () => {
        run(renewLease, { name, claim, now: clock.now(), leaseMs }).catch((error: unknown) =>
          log.warn({ job: name, err: error }, 'the lease of a job could not be renewed'),
        );
        renewLater();
      });
    };
    renewLater();
    const start = clock.monotonic();
    let error: Error | undefined;
    let isDone = true;
    try {
      isDone = (await job.run({ isStopping: () => this.#isStopping })) !== false;
    } catch (failure) {
      error = failure instanceof Error ? failure : new Error('the job failed', { cause: failure });
    }
    callOff();
    const durationMs = clock.monotonic() - start;
    const now = clock.now();
    this.#count(name, durationMs, error !== undefined);
    if (error !== undefined) log.error({ job: name, err: error }, 'a job failed; it will be tried again');
    const waitMs = error === undefined ? (isDone ? everyMs : 0) : backOffMs(failures + 1, everyMs);
    await run(finishJob, { name, claim, error: error?.message ?? null, dueAt: now + waitMs, now, durationMs });
  }

  #count(name: string, durationMs: number, hasFailed: boolean): void {
    const figures = this.figures.get(name)!;
    figures.runs++;
    figures.seconds += durationMs / 1_000;
    if (hasFailed) figures.failures++;
  }
}

function isDue({ dueAt, claim, leaseUntil }: JobState, now: number): boolean {
  return dueAt <= now && (claim === null || (leaseUntil ?? 0) <= now);
}
