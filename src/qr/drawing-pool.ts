// The threads that draw: started when the first code is asked for, ended when none has been for a while. What waits is bounded, and
// what takes too long is given up together with its thread.

import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import { endWorker, startWorker } from '../core/worker-threads.ts';
import type { DrawingReply, DrawingResults, DrawingTask } from './drawing-protocol.ts';

/** Who asks without a key waits behind those with one, and there is less room for them. */
const maxWaiting = { keyed: 500, anonymous: 100 } as const;
type Asker = keyof typeof maxWaiting;
const maxTaskMs = 20_000;
const idleMs = 60_000;
const maxThreads = 4;
/** Whoever is turned away may try again then. */
const retryAfterS = 1;

interface Waiting {
  readonly task: DrawingTask;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface DrawingPoolOptions {
  readonly start: () => Worker;
  /** At once, at the most. */
  readonly threads: number;
  readonly maxTaskMs?: number;
}

function shuttingDown(): AppError {
  return new AppError('UNAVAILABLE', 'the server is shutting down');
}

/** One thread and what it works on. */
class Artist {
  readonly #worker: Worker;
  readonly #maxTaskMs: number;
  readonly #onFree: (artist: Artist) => void;
  readonly #onEnd: (artist: Artist) => void;
  #current: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(worker: Worker, taskMs: number, onFree: (artist: Artist) => void, onEnd: (artist: Artist) => void) {
    this.#worker = worker;
    this.#maxTaskMs = taskMs;
    this.#onFree = onFree;
    this.#onEnd = onEnd;
    worker.on('message', (reply: DrawingReply) => this.#settle(reply));
    worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#end(new Error('the drawing thread ended')));
    // Drawing keeps no process alive that wants to end.
    worker.unref();
  }

  work(waiting: Waiting): void {
    clearTimeout(this.#timer);
    this.#current = waiting;
    this.#timer = setTimeout(() => this.#giveUp(), this.#maxTaskMs);
    this.#timer.unref();
    this.#worker.postMessage(waiting.task);
  }

  /** Ends the thread unless it is given something to do before. */
  rest(): void {
    this.#timer = setTimeout(() => void this.stop(), idleMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#end(shuttingDown());
    await endWorker(this.#worker);
  }

  #settle(reply: DrawingReply): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    clearTimeout(this.#timer);
    if (reply.kind === 'done') current.resolve(reply.result);
    else if (reply.kind === 'refused') current.reject(new AppError(reply.code, reply.message, reply.details));
    else {
      const error = new Error(`drawing failed: ${reply.message}`);
      if (reply.stack !== undefined) error.stack = reply.stack;
      current.reject(error);
      // What a library left half done must not become part of the next image.
      void this.stop();
      return;
    }
    this.#onFree(this);
  }

  #giveUp(): void {
    // A logo that takes for ever is the usual reason; a code takes milliseconds.
    const message = 'this takes too long to draw: take a plainer logo';
    this.#current?.reject(new AppError('VALIDATION_ERROR', message, [{ path: 'logo', message }]));
    this.#current = undefined;
    void this.stop();
  }

  #end(error: Error): void {
    clearTimeout(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    current?.reject(error);
    this.#onEnd(this);
  }
}

export class DrawingPool {
  readonly #options: DrawingPoolOptions;
  readonly #all = new Set<Artist>();
  readonly #free: Artist[] = [];
  readonly #waiting: Record<Asker, Waiting[]> = { keyed: [], anonymous: [] };
  #isClosed = false;

  constructor(options: DrawingPoolOptions) {
    this.#options = options;
  }

  /** Rejects with the AppError of what cannot be drawn, or UNAVAILABLE when too much is waiting. */
  run<Task extends DrawingTask>(task: Task, asker: Asker = 'keyed'): Promise<DrawingResults[Task['kind']]> {
    if (this.#isClosed) return Promise.reject(shuttingDown());
    const queue = this.#waiting[asker];
    if (queue.length >= maxWaiting[asker]) {
      const error = new AppError('UNAVAILABLE', 'too many QR codes are waiting to be drawn', [], { retryAfterS });
      return Promise.reject(error);
    }
    return new Promise<DrawingResults[Task['kind']]>((resolve, reject) => {
      queue.push({ task, resolve, reject });
      this.#dispatch();
    });
  }

  /** Nothing is drawn any more; what waits is turned away. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const queue of Object.values(this.#waiting)) for (const one of queue.splice(0)) one.reject(shuttingDown());
    await Promise.all([...this.#all].map((artist) => artist.stop()));
  }

  #dispatch(): void {
    const { keyed, anonymous } = this.#waiting;
    while (keyed.length + anonymous.length > 0) {
      const artist = this.#free.pop() ?? this.#hire();
      if (artist === undefined) return;
      artist.work((keyed.shift() ?? anonymous.shift()) as Waiting);
    }
  }

  #hire(): Artist | undefined {
    if (this.#all.size >= this.#options.threads) return undefined;
    const artist = new Artist(
      this.#options.start(),
      this.#options.maxTaskMs ?? maxTaskMs,
      (free) => {
        this.#free.push(free);
        this.#dispatch();
        if (this.#free.includes(free)) free.rest();
      },
      (ended) => {
        this.#all.delete(ended);
        const index = this.#free.indexOf(ended);
        if (index !== -1) this.#free.splice(index, 1);
        // Another takes its place where something waits.
        if (!this.#isClosed) this.#dispatch();
      },
    );
    this.#all.add(artist);
    return artist;
  }
}

/** As many threads as leave a core to those that answer. */
export function openDrawingPool(): DrawingPool {
  const threads = Math.max(1, Math.min(maxThreads, availableParallelism() - 1));
  // Images lie outside of the heap, so the heap may stay small.
  const start = (): Worker => startWorker('drawing', { resourceLimits: { maxYoungGenerationSizeMb: 8 } });
  return new DrawingPool({ start, threads });
}
