// A thread that searches, or seals, seen from the main thread: started when it is first needed, asked with a bound on how many
// wait, and started anew after it failed.

import type { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import { endWorker } from '../../core/worker-threads.ts';
import type { SearchCall, SearchReplies, SearchReply, SearchRequest } from './search-protocol.ts';

const maxWaiting = 100;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class SearchThread {
  readonly #start: () => Worker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastNumber = 0;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  /** Rejects with UNAVAILABLE when too many questions wait, or when the thread failed. */
  ask<Kind extends SearchRequest['kind']>(request: SearchRequest & { kind: Kind }): Promise<SearchReplies[Kind]> {
    // News of clicks must not be lost.
    if (request.kind === 'find' && this.#waiting.size >= maxWaiting)
      return Promise.reject(new AppError('UNAVAILABLE', 'too many searches are waiting; try again'));
    const worker = (this.#worker ??= this.#started());
    return new Promise((resolve, reject) => {
      const number = ++this.#lastNumber;
      this.#waiting.set(number, { resolve, reject });
      worker.postMessage({ number, request } satisfies SearchCall);
    });
  }

  /** Ends the thread; what waits is rejected. A later question starts another. */
  async end(): Promise<void> {
    await endWorker(this.#worker);
  }

  #started(): Worker {
    const worker = this.#start();
    worker.on('message', (reply: SearchReply) => this.#settle(reply));
    worker.on('error', (cause) => this.#lose(worker, cause));
    worker.on('exit', () => this.#lose(worker, undefined));
    // The process may end without it: it only reads.
    worker.unref();
    return worker;
  }

  #settle(reply: SearchReply): void {
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if (reply.ok) waiting?.resolve(reply.value as never);
    else waiting?.reject(Object.assign(new Error(reply.message), { stack: reply.stack }));
  }

  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost) reject(new AppError('UNAVAILABLE', 'the search was interrupted', [], { cause }));
  }
}
