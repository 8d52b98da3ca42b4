// Runs jobs on stored hits, one at a time: a thread of its own reads, judges and plans, the writer thread writes, a small transaction
// after the other, and so seldom that hardly a redirect waits for one. What is unfinished when the server stops goes on at the next start.

import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { endWorker, startWorker } from '../core/worker-threads.ts';
import type { Connection } from '../storage/query.ts';
import type { Once } from '../storage/writer-protocol.ts';
import type { Writer } from '../storage/writer.ts';
import {
  type ClickJob,
  type ClickJobKind,
  endClickJob,
  eraseStep,
  latestClickJob,
  nextClickJob,
  reclassifyStep,
  startClickJob,
} from './click-job-store.ts';
import type { WorkStep } from './click-job-work.ts';
import type { FilteredNetworks } from './filtered-networks.ts';
import type { NetworkParts } from './network-set.ts';
import type { Recorder } from './recorder.ts';
import type { VerdictPlan } from './verdict-change-store.ts';

/** What the thread of a job is started with. */
export interface ClickJobData {
  readonly dataFolder: string;
  readonly job: ClickJob;
  readonly windowMs: number;
  readonly networks: NetworkParts;
}

/** A step with what is to be written of its verdicts. */
export interface PlannedStep extends WorkStep {
  readonly plan: VerdictPlan;
}

/** To the thread: the step has been written, or is to be planned again because new hits have overtaken the plan. */
export type JobReply = 'next' | 'again';

/** Of so many redirects one waits for a transaction of a job, at the most. */
const redirectsPerDelayed = 150;
/** A transaction that takes no longer is none to wait for more than for any other. */
const shortMs = 5;
const longestPauseMs = 20_000;
const pauseLookMs = 20;
/** Plans of one step that may be overtaken; then it is worked out inside the transaction. */
const maxPlans = 5;

interface ClickJobsOptions {
  readonly dataFolder: string;
  readonly reader: Connection;
  readonly writer: Writer;
  readonly recorder: Pick<Recorder, 'taken'>;
  readonly filteredNetworks: FilteredNetworks;
  readonly windowMs: number;
  /** Called when something was erased: the write-ahead log still shows it. */
  readonly emptyLog: () => void;
  /** Called when totals of links have changed without a click. */
  readonly recount: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export class ClickJobs {
  readonly #options: ClickJobsOptions;
  #worker: Worker | undefined;
  #hasFailed = false;
  #isStopping = false;

  constructor(options: ClickJobsOptions) {
    this.#options = options;
  }

  /** Throws CONFLICT while another one of the same kind and user is not finished. */
  async start(
    job: { kind: ClickJobKind; userId: number | null; linkId: number | null; input: string | null },
    once?: Once,
  ): Promise<ClickJob> {
    const { writer, clock } = this.#options;
    const started = await writer.run(startClickJob, { ...job, now: clock.now() }, once);
    this.resume();
    return started;
  }

  /** The last one, finished or not. */
  latest(kind: ClickJobKind, userId: number | null): ClickJob | undefined {
    return latestClickJob(this.#options.reader, kind, userId);
  }

  /** Goes on with what is unfinished, unless that is being done. To be called now and then: after a failure nobody else does. */
  resume(): void {
    if (this.#worker !== undefined || this.#isStopping) return;
    const job = nextClickJob(this.#options.reader);
    if (job !== undefined) this.#run(job);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await endWorker(this.#worker);
  }

  #run(job: ClickJob): void {
    const { dataFolder, filteredNetworks, windowMs, emptyLog, log, clock } = this.#options;
    const networks = filteredNetworks.networks.parts;
    const workerData: ClickJobData = { dataFolder, job, windowMs, networks };
    const worker = startWorker('click-job', { workerData, resourceLimits: { maxYoungGenerationSizeMb: 8 } });
    this.#worker = worker;
    this.#hasFailed = false;
    const startedAt = clock.monotonic();
    let plans = 0;
    worker.on('message', (step: PlannedStep) => {
      plans++;
      this.#write(job, step, plans < maxPlans).then(
        (reply: JobReply) => {
          if (reply === 'next') plans = 0;
          worker.postMessage(reply);
        },
        (error: unknown) => this.#fail(job, error),
      );
    });
    worker.on('error', (error) => this.#fail(job, error));
    worker.on('exit', () => {
      this.#worker = undefined;
      if (this.#isStopping || this.#hasFailed) return;
      if (job.kind === 'erase') emptyLog();
      log.info({ job: job.kind, seconds: Math.round((clock.monotonic() - startedAt) / 1000) }, 'a job on clicks ended');
      this.resume();
    });
  }

  async #write(
    job: ClickJob,
    { verdicts, plan, clickIds, position, examined, isLast }: PlannedStep,
    mayBeOvertaken: boolean,
  ): Promise<JobReply> {
    const { writer, recorder, recount, clock } = this.#options;
    const step = { jobId: job.id, position, examined, isLast, now: clock.now() };
    const startedAt = clock.monotonic();
    const before = recorder.taken;
    try {
      if (job.kind === 'erase') await writer.run(eraseStep, { step, clickIds });
      else await writer.run(reclassifyStep, { step, verdicts, plan: mayBeOvertaken ? plan : undefined });
    } catch (error) {
      if (error instanceof AppError && error.code === 'CONFLICT' && mayBeOvertaken) return 'again';
      throw error;
    }
    const tookMs = clock.monotonic() - startedAt;
    if (job.kind !== 'erase') recount();
    await this.#pause(recorder.taken - before, tookMs);
    return 'next';
  }

  /** Until as many redirects have not waited as make up for those that have; where too few come, not for ever. */
  async #pause(delayed: number, tookMs: number): Promise<void> {
    const { recorder, clock } = this.#options;
    if (delayed === 0 || tookMs <= shortMs) return;
    const enough = recorder.taken + delayed * redirectsPerDelayed;
    const end = clock.monotonic() + Math.min(tookMs * redirectsPerDelayed, longestPauseMs);
    while (recorder.taken < enough && clock.monotonic() < end && !this.#isStopping)
      await new Promise((resolve) => setTimeout(resolve, pauseLookMs));
  }

  /** What could not be written now may be written later: the job waits for the next maintenance. Anything else is its end. */
  #fail(job: ClickJob, error: unknown): void {
    const { writer, clock, log } = this.#options;
    if (this.#isStopping) return;
    this.#hasFailed = true;
    log.error({ job: job.kind, err: error }, 'a job on clicks failed');
    const isBusy = error instanceof Error && 'code' in error && error.code === 'UNAVAILABLE';
    const ended = isBusy
      ? Promise.resolve()
      : writer.run(endClickJob, { jobId: job.id, problem: 'something went wrong on our side', now: clock.now() });
    ended
      .catch((cause: unknown) => log.error({ err: cause }, 'the end of a job could not be noted'))
      .finally(() => void endWorker(this.#worker));
  }
}
