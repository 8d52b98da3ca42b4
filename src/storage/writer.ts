// The main thread's side of the one writer thread: group commit. While a transaction runs, everything new waits;
// the next transaction takes whatever has gathered. A caller hears of success only after its commit returned.

import type { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { Histogram } from '../core/histogram.ts';
import { endWorker } from '../core/worker-threads.ts';
import type { Operation } from './operation.ts';
import type { MainMessage, Once, OperationCall, OperationResult, WriterMessage } from './writer-protocol.ts';

// More than this waiting means that the disk cannot keep up; callers are told instead of piling up memory.
const maxPendingOperations = 10_000;
const maxOperationsPerBatch = 500;
const commitBoundsMs = [0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];

interface PendingOperation {
  readonly call: OperationCall;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The recorder's part of a batch: taken when a transaction is about to start, told when it has ended. */
export interface ClickSource {
  /** The clicks that go into the next transaction, or undefined when there are none. */
  take(): TakenClicks | undefined;
}

export interface TakenClicks {
  /** For the recorder's counterpart on the writer thread. */
  readonly batch: unknown;
  /** Told its counterpart's reply once the transaction has been committed. */
  committed(reply: unknown): void;
  /** Told that the transaction was undone as a whole. */
  failed(): void;
}

export class Writer {
  /** Resolves when the thread has opened the database. */
  readonly ready: Promise<void>;
  /** How long transactions take, from the batch sent to the answer received. */
  readonly commits = new Histogram(commitBoundsMs);
  /** Transactions that were undone as a whole. */
  failedCommits = 0;
  readonly #worker: Worker;
  readonly #clock: Clock;
  #sentAt = 0;
  #clicks: ClickSource | undefined;
  #pending: PendingOperation[] = [];
  #operationsInFlight: PendingOperation[] = [];
  #clicksInFlight: TakenClicks | undefined;
  #busy = true;
  #scheduled = false;
  #closing = false;
  #idleWaiters: (() => void)[] = [];
  readonly #closed: Promise<void>;

  /** @param onFatal called when the thread died or the file cannot be trusted any more; it must end the process */
  constructor(worker: Worker, onFatal: (message: string) => void, clock: Clock = systemClock) {
    this.#worker = worker;
    this.#clock = clock;
    let markReady = (): void => {};
    let markClosed = (): void => {};
    this.ready = new Promise((resolve) => (markReady = resolve));
    this.#closed = new Promise((resolve) => (markClosed = resolve));
    worker.on('message', (message: WriterMessage) => {
      if (message.kind === 'ready') {
        markReady();
        this.#busy = false;
        this.wake();
      } else if (message.kind === 'closed') markClosed();
      else if (message.kind === 'unsettled') this.failedCommits++;
      else if (message.kind === 'fatal') {
        // Nothing more is sent, nor answered as written.
        this.#busy = true;
        onFatal(message.message);
      } else this.#answered(message);
    });
    worker.on('error', (error) =>
      onFatal(`writer thread failed: ${error instanceof Error ? error.message : String(error)}`),
    );
    worker.on('exit', (code) => {
      if (!this.#closing) onFatal(`writer thread ended with code ${code}`);
    });
  }

  /** Operations that wait for their transaction or are in it. */
  get depth(): number {
    return this.#pending.length + this.#operationsInFlight.length;
  }

  attachClicks(source: ClickSource): void {
    this.#clicks = source;
  }

  /**
   * Runs one write. Rejects with the operation's own AppError, or UNAVAILABLE when nothing could be written.
   * @param once the output must then survive JSON, too
   */
  run<Input, Output>(operation: Operation<Input, Output>, input: Input, once?: Once): Promise<Output> {
    if (this.#closing) return Promise.reject(new AppError('UNAVAILABLE', 'the server is shutting down'));
    if (this.#pending.length >= maxPendingOperations)
      return Promise.reject(new AppError('UNAVAILABLE', 'too many writes are waiting'));
    return new Promise<Output>((resolve, reject) => {
      this.#pending.push({
        call: { name: operation.name, input, once },
        resolve,
        reject,
      });
      this.wake();
    });
  }

  /** Starts a transaction at the end of this turn of the event loop, unless one is running. */
  wake(): void {
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    // After the poll phase: every request that arrived together shares one commit.
    setImmediate(this.#dispatch);
  }

  /** Resolves once everything handed over before this call has been committed or has failed. */
  async idle(): Promise<void> {
    while (this.#busy || this.#scheduled || this.#pending.length > 0) {
      await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    }
  }

  /** Commits what is waiting, then closes the database on the thread and ends it. */
  async close(): Promise<void> {
    await this.idle();
    this.#closing = true;
    this.#worker.postMessage({ kind: 'close' } satisfies MainMessage);
    await this.#closed;
    await endWorker(this.#worker);
  }

  readonly #dispatch = (): void => {
    this.#scheduled = false;
    if (this.#busy) return;
    const clicks = this.#clicks?.take();
    if (clicks === undefined && this.#pending.length === 0) {
      this.#notifyIdle();
      return;
    }
    this.#operationsInFlight = this.#pending.splice(0, maxOperationsPerBatch);
    this.#clicksInFlight = clicks;
    this.#busy = true;
    this.#sentAt = this.#clock.monotonic();
    this.#worker.postMessage({
      kind: 'batch',
      batch: { operations: this.#operationsInFlight.map((pending) => pending.call), clicks: clicks?.batch },
    } satisfies MainMessage);
  };

  #answered(message: Extract<WriterMessage, { kind: 'committed' | 'failed' }>): void {
    this.commits.observe(this.#clock.monotonic() - this.#sentAt);
    if (message.kind === 'failed') this.failedCommits++;
    const operations = this.#operationsInFlight;
    const clicks = this.#clicksInFlight;
    this.#operationsInFlight = [];
    this.#clicksInFlight = undefined;
    this.#busy = false;
    // First the next transaction, so that the thread works on it while this one's answers are written.
    if (!this.#scheduled) this.#dispatch();
    if (message.kind === 'failed') {
      const error = new AppError('UNAVAILABLE', 'the change could not be stored; try again', [], {
        cause: new Error(message.message),
      });
      for (const pending of operations) pending.reject(error);
      clicks?.failed();
    } else {
      operations.forEach((pending, position) => settle(pending, message.results[position]));
      clicks?.committed(message.clicks);
    }
  }

  #notifyIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function settle(pending: PendingOperation, result: OperationResult | undefined): void {
  if (result === undefined) pending.reject(new Error(`writer thread gave no result for ${pending.call.name}`));
  else if (result.ok) pending.resolve(result.value);
  else if (result.code !== undefined) pending.reject(new AppError(result.code, result.message, result.details));
  else {
    const error = new Error(`${pending.call.name}: ${result.message}`);
    if (result.stack !== undefined) error.stack = result.stack;
    pending.reject(error);
  }
}
