// Runs the jobs of one lane, one at a time: takes what has been due longest, and looks again when the next one is. Overdue ones come one
// after the other, with a pause in between.

import type { Logger } from 'pino';
import type { Clock, Timers } from '../core/clock.ts';
import type { Operation } from '../storage/operation.ts';
import type { Connection } from '../storage/query.ts';
import { claimJob } from './claim-job-store.ts';
import { finishJob } from './finish-job-store.ts';
import { backOffMs, type Job, nextRunAt } from './job.ts';
import { type JobState, listJobs } from './job-list-store.ts';
import { renewLease } from './renew-lease-store.ts';

export interface JobLaneOptions {
  readonly jobs: readonly Job[];
  /** Sees what `run` has committed. */
  readonly reader: Connection;
  /** Runs an operation on the writer thread. */
  readonly run: <Input, Output>(operation: Operation<Input, Output>, input: Input) => Promise<Output>;
  /** Names whoever runs them in claims: no other, and none before it, is called the same. */
  readonly claim: string;
  readonly clock: Clock;
  readonly timers: Timers;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly log: Logger;
  /** Brings jobs back that are further away than they ever wait. */
  readonly announce: () => Promise<void>;
  readonly onEnd: (name: string, durationMs: number, hasFailed: boolean) => void;
}

const leaseMs = 5 * 60_000;
const renewEveryMs = 60_000;
/** The command line makes jobs due without a word to the server. */
const lookEveryMs = 2_000;
const shortestWaitMs = 20;
const longestPauseMs = 3_000;

export class JobLane {
  readonly #options: JobLaneOptions;
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #callOff = (): void => {};
  #idleWaiters: (() => void)[] = [];

  constructor(options: JobLaneOptions) {
    this.#options = options;
    this.#jobs = new Map(options.jobs.map((job) => [job.name, job]));
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  start(): void {
    this.#look();
  }

  /** Begins no more jobs, and tells the one that is running. Resolves when that has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#callOff();
    await this.#running;
  }

  /** Resolves when no job is running and the next look is being waited for. */
  async idle(): Promise<void> {
    if (this.#running !== undefined) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
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
    const { clock, reader, random, announce } = this.#options;
    const now = clock.now();
    const states = listJobs(reader).filter(({ name }) => this.#jobs.has(name));
    // Further away than it ever waits: the clock was set back.
    if (states.some(({ name, dueAt }) => dueAt > nextRunAt(this.#jobs.get(name)!, now))) await announce();
    const due = states.filter((state) => isDue(state, now));
    const [first] = due;
    if (first !== undefined) await this.#run(this.#jobs.get(first.name)!, first);
    if (due.length > 1) return random() * longestPauseMs;
    const next = Math.min(...states.filter((state) => !isDue(state, now)).map((state) => state.dueAt - now));
    return Math.min(lookEveryMs, Math.max(shortestWaitMs, next));
  }

  async #run(job: Job, { failures }: JobState): Promise<void> {
    const { run, claim, clock, timers, log, onEnd } = this.#options;
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
      const { signal } = this.#stopping;
      isDone = (await job.run({ isStopping: () => signal.aborted, stopping: signal })) !== false;
    } catch (failure) {
      error = failure instanceof Error ? failure : new Error('the job failed', { cause: failure });
    }
    callOff();
    const durationMs = clock.monotonic() - start;
    const now = clock.now();
    onEnd(name, durationMs, error !== undefined);
    if (error !== undefined) log.error({ job: name, err: error }, 'a job failed; it will be tried again');
    const dueAt = error !== undefined ? now + backOffMs(failures + 1, everyMs) : isDone ? nextRunAt(job, now) : now;
    await run(finishJob, { name, claim, error: error?.message ?? null, dueAt, now, durationMs });
  }
}

function isDue({ dueAt, claim, leaseUntil }: JobState, now: number): boolean {
  return dueAt <= now && (claim === null || (leaseUntil ?? 0) <= now);
}
