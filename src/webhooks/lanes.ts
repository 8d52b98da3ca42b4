// What has been claimed and not been sent yet, a lane for each webhook: four at once in each, and the lanes take turns, so that a slow
// receiver holds up its own lane and no other.

import { BoundedCache } from '../core/bounded-cache.ts';
import type { DeliveryKey } from './delivery.ts';
import { maxSendsPerWebhook } from './webhook.ts';

/** Of all webhooks together. */
const maxSends = 512;
/** From here on slow receivers get one at a time: places are for those that give them back soon. */
const crowdedSends = 256;
const slowMs = 1_000;

/** Claimed ahead of sending: about a second's worth, so that claiming costs no waiting and a lease never ends in the queue. */
const [minAhead, maxAhead] = [maxSendsPerWebhook, 100];
const aheadMs = 1_000;
const firstAhead = 8;
/** Webhooks of which it is remembered how fast they are while nothing is on its way to them. */
const rememberedWebhooks = 4_096;

export interface Claimed extends DeliveryKey {
  /** On the monotonic clock. */
  readonly leaseEndsAt: number;
}

class Lane {
  readonly webhookId: number;
  readonly queue: Claimed[] = [];
  /** Events whose deliveries are queued, on their way, or not yet written down as finished. */
  readonly held = new Set<number>();
  /** Those of `held` that failed: until that is written down, nobody knows whether more may be sent. */
  readonly failed = new Set<number>();
  sending = 0;
  isReady = false;
  /** How long a try takes of late; undefined: not known. */
  averageMs: number | undefined;

  constructor(webhookId: number, averageMs: number | undefined) {
    this.webhookId = webhookId;
    this.averageMs = averageMs;
  }

  get room(): number {
    const ahead = aheadOf(this.averageMs);
    // Topped up by halves, and not one by one.
    return this.held.size > ahead / 2 ? 0 : ahead - this.held.size;
  }
}

/** @param averageMs how long a try takes of late */
function aheadOf(averageMs: number | undefined): number {
  if (averageMs === undefined) return firstAhead;
  return Math.min(maxAhead, Math.max(minAhead, Math.round((maxSendsPerWebhook * aheadMs) / Math.max(averageMs, 1))));
}

export class Lanes {
  readonly #lanes = new Map<number, Lane>();
  // A fast receiver's lane is empty at the end of every turn: without this it would always be a new one, of which little is claimed.
  readonly #averages = new BoundedCache<number, number>(rememberedWebhooks);
  #ready: Lane[] = [];
  #sending = 0;

  get sending(): number {
    return this.#sending;
  }

  get isEmpty(): boolean {
    return this.#lanes.size === 0;
  }

  /** How many more of a webhook's may be claimed. */
  roomOf(webhookId: number): number {
    return this.#lanes.get(webhookId)?.room ?? aheadOf(this.#averages.get(webhookId));
  }

  isIdle(webhookId: number): boolean {
    return !this.#lanes.has(webhookId);
  }

  has({ webhookId, eventId }: DeliveryKey): boolean {
    return this.#lanes.get(webhookId)?.held.has(eventId) ?? false;
  }

  add(claimed: Claimed): void {
    let lane = this.#lanes.get(claimed.webhookId);
    if (lane === undefined) {
      lane = new Lane(claimed.webhookId, this.#averages.get(claimed.webhookId));
      this.#lanes.set(claimed.webhookId, lane);
    }
    lane.queue.push(claimed);
    lane.held.add(claimed.eventId);
    this.#markReady(lane);
  }

  /** The next one to be sent, which counts as on its way from now on; undefined: nothing may be sent now. */
  next(): Claimed | undefined {
    while (this.#sending < maxSends) {
      const lane = this.#ready.shift();
      if (lane === undefined) return undefined;
      lane.isReady = false;
      if (!this.#maySend(lane)) continue;
      const claimed = lane.queue.shift()!;
      lane.sending++;
      this.#sending++;
      this.#markReady(lane);
      return claimed;
    }
    return undefined;
  }

  /** It is on its way no longer. */
  sent({ webhookId, eventId }: DeliveryKey, durationMs: number, hasFailed: boolean): void {
    const lane = this.#lanes.get(webhookId);
    this.#sending--;
    if (lane === undefined) return;
    lane.sending--;
    if (hasFailed) lane.failed.add(eventId);
    lane.averageMs = lane.averageMs === undefined ? durationMs : lane.averageMs * 0.9 + durationMs * 0.1;
    this.#markReady(lane);
  }

  /** It is written down, or given back: no longer held. */
  release({ webhookId, eventId }: DeliveryKey): void {
    const lane = this.#lanes.get(webhookId);
    if (lane === undefined) return;
    lane.held.delete(eventId);
    lane.failed.delete(eventId);
    if (lane.held.size > 0) return this.#markReady(lane);
    this.#lanes.delete(webhookId);
    if (lane.averageMs !== undefined) this.#averages.set(webhookId, lane.averageMs);
  }

  /** Takes out what one webhook, or all of them, had in their queues; it stays held until it is released. */
  clear(webhookId?: number): Claimed[] {
    const lanes = webhookId === undefined ? [...this.#lanes.values()] : [this.#lanes.get(webhookId)];
    return lanes.flatMap((lane) => lane?.queue.splice(0) ?? []);
  }

  #maySend(lane: Lane): boolean {
    const isSlow = (lane.averageMs ?? 0) >= slowMs;
    const most = isSlow && this.#sending >= crowdedSends ? 1 : maxSendsPerWebhook;
    return lane.queue.length > 0 && lane.sending < most && lane.failed.size === 0;
  }

  #markReady(lane: Lane): void {
    if (lane.isReady || !this.#maySend(lane)) return;
    lane.isReady = true;
    this.#ready.push(lane);
  }
}
