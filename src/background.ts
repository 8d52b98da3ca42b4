// What happens by itself beside the requests: timed jobs, and deliveries to webhooks. Wired here, begun once the server listens, and
// ended before it closes.

import { systemTimers } from './core/clock.ts';
import { newId } from './core/ids.ts';
import { startWorker } from './core/worker-threads.ts';
import { type JobParts, jobsOf } from './jobs.ts';
import { keepPublicOrigin } from './links/link-events-store.ts';
import { OutgoingClient } from './outgoing/outgoing-client.ts';
import { freeJobs } from './scheduler/free-jobs-store.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { Courier } from './webhooks/courier.ts';
import type { DeliveryData } from './webhooks/delivery-messages.ts';
import { DeliveryThread } from './webhooks/delivery-thread.ts';
import { freeClaims } from './webhooks/delivery-write-store.ts';
import { hasWebhooks } from './webhooks/webhook-store.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** What is on its way to a receiver when the server stops has so long to get there. */
const deliveryGraceMs = 5_000;
/** And so long has a job that is being run. */
const jobGraceMs = 4_000;
const youngGenerationMb = 8;

interface BackgroundOptions extends Omit<JobParts, 'webhookRetentionDays' | 'deliver'> {
  readonly version: string;
  /** Where webhooks may be sent besides public addresses. */
  readonly allow: readonly string[];
  readonly retentionDays: number;
  /** Raised where events for webhooks are stored. */
  readonly eventSignal: SharedArrayBuffer;
  /** Its port may be set later, where it is known only once the server listens. */
  readonly publicUrl: URL;
}

export class Background {
  readonly webhooks: Webhooks;
  readonly deliveries: DeliveryThread;
  readonly scheduler: Scheduler;
  readonly #options: BackgroundOptions;

  constructor(options: BackgroundOptions) {
    this.#options = options;
    const { allow, reader, writer, clock, log, version, retentionDays } = options;
    this.deliveries = new DeliveryThread({
      writer,
      startThread: () => this.#startThread(),
      timers: systemTimers,
      log,
    });
    const outgoing = new OutgoingClient({ allow });
    this.webhooks = new Webhooks({
      reader,
      writer,
      clock,
      urlFault: (url) => outgoing.urlFault(url),
      courier: () => new Courier(outgoing, version),
      wake: () => this.deliveries.wake(),
      statusChanged: (change) => this.deliveries.noteChange(change),
    });
    this.scheduler = new Scheduler({
      jobs: jobsOf({
        ...options,
        webhookRetentionDays: retentionDays,
        deliver: () => {
          if (hasWebhooks(reader)) this.deliveries.wake();
        },
      }),
      reader,
      run: (operation, input) => writer.run(operation, input),
      claim: newId('run'),
      clock,
      timers: systemTimers,
      random: Math.random,
      log,
    });
  }

  /** To be called once the server listens, by the one process that holds the data folder. */
  async start(): Promise<void> {
    const { writer, reader, clock, publicUrl } = this.#options;
    await writer.run(keepPublicOrigin, { origin: publicUrl.origin });
    await writer.run(freeJobs, null);
    await this.scheduler.start();
    if (!hasWebhooks(reader)) return;
    await writer.run(freeClaims, { now: clock.now() });
    this.deliveries.wake();
  }

  /** What is under way comes to an end, or is taken up again after the next start. */
  async drain(): Promise<void> {
    await Promise.all([this.scheduler.stop(jobGraceMs), this.deliveries.stop(deliveryGraceMs)]);
  }

  #startThread() {
    const { dataFolder, eventSignal, allow, version } = this.#options;
    const workerData: DeliveryData = { dataFolder, eventSignal, allow, claim: newId('run'), version };
    return startWorker('delivery', { workerData, resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb } });
  }
}
