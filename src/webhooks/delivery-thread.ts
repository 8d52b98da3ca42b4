// The main thread's side of delivering: starts the thread once there is a webhook, hands its writes to the writer, and tells
// what became of webhooks in the log. A thread that dies is started again; what it had claimed comes free by itself.

import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Timers } from '../core/clock.ts';
import type { AnyOperation } from '../storage/operation.ts';
import type { Writer } from '../storage/writer.ts';
import type { FromDelivery, ToDelivery } from './delivery-messages.ts';
import type { FinishedTally, StatusChange } from './delivery-write-store.ts';
import { type WebhookStatus, webhookStatuses } from './webhook.ts';
import { deliveryOperations } from './webhook-operations.ts';

interface DeliveryThreadOptions {
  readonly writer: Writer;
  readonly startThread: () => Worker;
  readonly timers: Timers;
  readonly log: Logger;
}

/** What deliveries came to since the start. */
export interface DeliveryFigures {
  delivered: number;
  /** Tries. */
  failed: number;
  /** Deliveries that will not be tried again by themselves. */
  dead: number;
  /** How often a webhook came to a status. */
  readonly statusChanges: Record<WebhookStatus, number>;
}

const restartAfterMs = 5_000;

const operations: ReadonlyMap<string, AnyOperation> = new Map(deliveryOperations.map((one) => [one.name, one]));

export class DeliveryThread {
  readonly figures: DeliveryFigures = {
    delivered: 0,
    failed: 0,
    dead: 0,
    statusChanges: Object.fromEntries(webhookStatuses.map((status) => [status, 0])) as Record<WebhookStatus, number>,
  };
  readonly #options: DeliveryThreadOptions;
  #thread: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: DeliveryThreadOptions) {
    this.#options = options;
  }

  /** There may be something to be sent. Starts the thread where it is not running. */
  wake(): void {
    if (this.#isStopping) return;
    if (this.#thread === undefined) this.#start();
    else this.#post({ kind: 'wake' });
  }

  /** Claims nothing more. What is on its way has `graceMs` to end, and is sent again after the next start where it does not. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#post({ kind: 'stop', graceMs });
    await this.#ended;
  }

  #post(message: ToDelivery): void {
    this.#thread?.postMessage(message);
  }

  #start(): void {
    const { startThread, timers, log } = this.#options;
    const thread = startThread();
    this.#thread = thread;
    thread.on('message', (message: FromDelivery) => this.#heard(message));
    thread.on('error', (error) => log.error({ err: error }, 'the delivery thread failed; it will be started again'));
    this.#ended = new Promise((resolve) =>
      thread.once('exit', () => {
        this.#thread = undefined;
        resolve();
        if (!this.#isStopping) timers.after(restartAfterMs, () => this.wake());
      }),
    );
  }

  #heard(message: FromDelivery): void {
    if (message.kind === 'run') void this.#run(message);
    else if (message.kind === 'tally') this.#count(message.tally);
    else this.#options.log.error({ reason: message.message }, 'deliveries are held up; they will be tried again');
  }

  async #run({ call, operation, input }: Extract<FromDelivery, { kind: 'run' }>): Promise<void> {
    try {
      const known = operations.get(operation);
      if (known === undefined) throw new Error(`the delivery thread has no business with ${operation}`);
      const output = await this.#options.writer.run(known, input as never);
      this.#post({ kind: 'done', call, output });
    } catch (error) {
      this.#post({ kind: 'failed', call, message: error instanceof Error ? error.message : String(error) });
    }
  }

  #count({ delivered, failed, dead, changes }: FinishedTally): void {
    this.figures.delivered += delivered;
    this.figures.failed += failed;
    this.figures.dead += dead;
    for (const change of changes) this.noteChange(change);
  }

  /** Counts it, and puts it into the log. */
  noteChange({ publicId, from, to }: Omit<StatusChange, 'webhookId'>): void {
    this.figures.statusChanges[to]++;
    const level = to === 'active' ? 'info' : 'warn';
    this.#options.log[level]({ webhook: publicId, from, to }, `a webhook is ${to}`);
  }
}
