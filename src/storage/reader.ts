// The main thread's side of the reader thread: questions wait in a bounded queue and are answered in turn, so that no redirect
// ever waits for statistics. A thread that died is started again for the next question.

import type { Worker } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import { endWorker } from '../core/worker-threads.ts';
import type { ReaderMessage, ReadingCall } from './reader-protocol.ts';
import type { Reading } from './reading.ts';
import type { OperationResult } from './writer-protocol.ts';

// Some seconds of work: who comes after that is told, instead of waiting until the client has given up.
const maxWaiting = 100;

interface Waiting {
  readonly call: ReadingCall;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class ReaderThread {
  readonly #start: () => Worker;
  #worker: Worker | undefined;
  #isBusy = true;
  #isClosed = false;
  readonly #waiting: Waiting[] = [];
  #asked: Waiting | undefined;

  /** @param start starts the thread; it is not started before it is needed, or `warmUp` is called */
  constructor(start: () => Worker) {
    this.#start = start;
  }

  /** Starts the thread, so that the first question need not wait for that. */
  warmUp(): void {
    if (this.#worker !== undefined || this.#isClosed) return;
    this.#isBusy = true;
    const worker = this.#start();
    this.#worker = worker;
    worker.on('message', (message: ReaderMessage) => {
      this.#isBusy = false;
      const asked = this.#asked;
      this.#asked = undefined;
      this.#next();
      if (message.kind === 'answer' && asked !== undefined) settle(asked, message.result);
    });
    const lost = (): void => this.#lost(worker);
    worker.on('error', lost);
    worker.on('exit', lost);
  }

  /** Rejects with the reading's own AppError, or UNAVAILABLE when too many wait or the thread ended. */
  ask<Input, Output>(reading: Reading<Input, Output>, input: Input): Promise<Output> {
    if (this.#isClosed) return Promise.reject(new AppError('UNAVAILABLE', 'the server is shutting down'));
    if (this.#waiting.length >= maxWaiting)
      return Promise.reject(new AppError('UNAVAILABLE', 'too many questions are waiting; try again'));
    this.warmUp();
    return new Promise<Output>((resolve, reject) => {
      this.#waiting.push({ call: { name: reading.name, input }, resolve, reject });
      this.#next();
    });
  }

  /** Ends the thread at once: it only reads. What is still asked is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#refuseAll('the server is shutting down');
    await endWorker(worker);
  }

  #next(): void {
    if (this.#isBusy || this.#worker === undefined) return;
    const asked = this.#waiting.shift();
    if (asked === undefined) return;
    this.#isBusy = true;
    this.#asked = asked;
    this.#worker.postMessage(asked.call);
  }

  #lost(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#refuseAll('the statistics are not available just now; try again');
  }

  #refuseAll(message: string): void {
    const refused = [...(this.#asked === undefined ? [] : [this.#asked]), ...this.#waiting.splice(0)];
    this.#asked = undefined;
    for (const waiting of refused) waiting.reject(new AppError('UNAVAILABLE', message));
  }
}

function settle(asked: Waiting, result: OperationResult): void {
  if (result.ok) asked.resolve(result.value);
  else if (result.code !== undefined) asked.reject(new AppError(result.code, result.message, result.details));
  else {
    const error = new Error(`${asked.call.name}: ${result.message}`);
    if (result.stack !== undefined) error.stack = result.stack;
    asked.reject(error);
  }
}
