// Runs timed jobs, in lanes beside each other. When a job is due stands in the database, so a restart neither forgets nor repeats; one
// that died with its process is taken up again when its lease ends.

import { announceJobs } from './announce-jobs-store.ts';
import { type Job, lanes, nextRunAt } from './job.ts';
import { JobLane, type JobLaneOptions } from './job-lane.ts';

type SchedulerOptions = Omit<JobLaneOptions, 'announce' | 'onEnd'>;

/** How runs went since the start, by job. */
export interface JobFigures {
  runs: number;
  failures: number;
  seconds: number;
}

export class Scheduler {
  readonly figures = new Map<string, JobFigures>();
  readonly #options: SchedulerOptions;
  readonly #lanes: readonly JobLane[];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    for (const { name } of options.jobs) {
      if (this.figures.has(name)) throw new Error(`two jobs are called ${name}`);
      this.figures.set(name, { runs: 0, failures: 0, seconds: 0 });
    }
    this.#lanes = lanes.flatMap((lane) => {
      const jobs = options.jobs.filter((job) => (job.lane ?? 'usual') === lane);
      if (jobs.length === 0) return [];
      const onEnd = this.#count.bind(this);
      return [new JobLane({ ...options, jobs, announce: () => this.#announce(false), onEnd })];
    });
  }

  async start(): Promise<void> {
    await this.#announce(true);
    for (const lane of this.#lanes) lane.start();
  }

  /** Begins no more jobs, tells those that are running, and waits so long for their end; past it, they are run again after the next start. */
  async stop(graceMs: number): Promise<void> {
    const ended = Promise.all(this.#lanes.map((lane) => lane.stop()));
    let callOff = (): void => {};
    const tooLong = new Promise<void>((resolve) => (callOff = this.#options.timers.after(graceMs, resolve)));
    await Promise.race([ended, tooLong]);
    callOff();
  }

  /** Resolves when no job is running and the next looks are being waited for. */
  async idle(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.idle()));
  }

  #announce(isStart: boolean): Promise<void> {
    const { jobs, run, clock } = this.#options;
    const now = clock.now();
    const announced = jobs.map((job: Job) => ({
      name: job.name,
      firstAt: job.schedule?.first(now) ?? now,
      latestAt: isStart && job.isDueAtStart === true ? now : nextRunAt(job, now),
    }));
    return run(announceJobs, { jobs: announced });
  }

  #count(name: string, durationMs: number, hasFailed: boolean): void {
    const figures = this.figures.get(name)!;
    figures.runs++;
    figures.seconds += durationMs / 1_000;
    if (hasFailed) figures.failures++;
  }
}
