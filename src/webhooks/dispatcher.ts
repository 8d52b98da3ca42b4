// Sends what is due: hands events on, claims, sends, writes down, in turns of which one runs at a time. Whatever it has claimed when
// its process dies comes free again when the lease ends; whatever it has sent keeps its id.

import type { Clock, Timers } from '../core/clock.ts';
import type { OutgoingClient } from '../outgoing/outgoing-client.ts';
import type { Operation } from '../storage/operation.ts';
import type { Connection } from '../storage/query.ts';
import { Courier } from './courier.ts';
import type { DeliveryKey, TryOutcome } from './delivery.ts';
import { continueReplays } from './delivery-log-store.ts';
import { DeliveryQueue } from './delivery-queue-store.ts';
import {
  claimDeliveries,
  finishDeliveries,
  type FinishedDelivery,
  type FinishedTally,
  giveBackDeliveries,
  moveDueTimes,
} from './delivery-write-store.ts';
import { fanOut } from './fan-out-store.ts';
import { type Claimed, Lanes } from './lanes.ts';
import { Parcels } from './parcel-store.ts';

export interface DispatcherOptions {
  /** Sees what `run` has committed. */
  readonly reader: Connection;
  /** Runs an operation on the writer thread. */
  readonly run: <Input, Output>(operation: Operation<Input, Output>, input: Input) => Promise<Output>;
  readonly client: OutgoingClient;
  readonly version: string;
  /** Names this dispatcher in claims: no other, and none before it, is called the same. */
  readonly claim: string;
  readonly clock: Clock;
  readonly timers: Timers;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Told what tries came to. */
  readonly onTally: (tally: FinishedTally) => void;
  /** Told what went wrong on our side; it will be tried again. */
  readonly onError: (error: unknown) => void;
  /** A turn begins no sooner after the one before: what happens meanwhile shares its transactions. */
  readonly gatherMs?: number;
}

// Longer than any try takes, with all that stands before it in its lane.
const leaseMs = 60_000;
const leastLeaseLeftMs = 20_000;
const defaultGatherMs = 15;
const maxFinishedPerTurn = 500;
const longestSleepMs = 5 * 60_000;
const shortestSleepMs = 20;
const afterErrorMs = 1_000;
/** Less than this is a clock that is being adjusted, not one that was set. */
const clockStepMs = 5_000;

const nothingSent = {
  isSuccess: false,
  statusCode: null,
  error: 'it could not be sent',
  response: null,
  askedDelayMs: null,
} as const;

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #queue: DeliveryQueue;
  readonly #parcels: Parcels;
  readonly #courier: Courier;
  readonly #lanes = new Lanes();
  #finished: FinishedDelivery[] = [];
  #givenBack: DeliveryKey[] = [];
  #hasNews = true;
  #isDue = false;
  #isRunning = false;
  #isStopping = false;
  #isCut = false;
  #lastTurnAt = -Infinity;
  #seen: { readonly wall: number; readonly monotonic: number } | undefined;
  #callOff = (): void => {};
  #idleWaiters: (() => void)[] = [];

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#queue = new DeliveryQueue(options.reader);
    this.#parcels = new Parcels(options.reader);
    this.#courier = new Courier(options.client, options.version);
  }

  /** There are new events, or something else has changed that may make deliveries due. */
  wake(): void {
    this.#hasNews = true;
    this.#look();
  }

  /** A webhook was changed, or something else was asked for: what was read of webhooks before is not sent any more. */
  refresh(): void {
    this.#parcels.forget();
    this.wake();
  }

  /** Resolves when nothing is on its way and nothing is due. */
  async idle(): Promise<void> {
    while (this.#isRunning || this.#isDue || this.#lanes.sending > 0) {
      await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    }
  }

  /** Claims nothing more and waits for what is on its way; what takes longer than `graceMs` is cut off, and sent again another time. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#callOff();
    this.#giveBack(this.#lanes.clear());
    const callOff = this.#options.timers.after(graceMs, () => {
      this.#isCut = true;
      this.#options.client.close();
    });
    this.#look();
    await this.idle();
    callOff();
    this.#options.client.close();
  }

  #look(): void {
    this.#isDue = true;
    if (!this.#isRunning) void this.#runTurns();
  }

  async #runTurns(): Promise<void> {
    const { clock, gatherMs = defaultGatherMs } = this.#options;
    this.#isRunning = true;
    while (this.#isDue) {
      const early = this.#lastTurnAt + gatherMs - clock.monotonic();
      if (early > 0) await this.#sleep(early);
      this.#lastTurnAt = clock.monotonic();
      this.#isDue = false;
      try {
        await this.#turn();
      } catch (error) {
        this.#options.onError(error);
        this.#hasNews = true;
        // When stopping, leases say what was not written down.
        if (!this.#isStopping) this.#wakeIn(afterErrorMs);
      }
    }
    this.#isRunning = false;
    this.#tellIdle();
  }

  async #turn(): Promise<void> {
    const { run, claim, clock } = this.#options;
    this.#callOff();
    await this.#noticeClockStep();
    const hadNews = this.#hasNews;
    this.#hasNews = false;
    const [, , hasMoreEvents] = await Promise.all([
      this.#writeFinished(),
      this.#writeGivenBack(),
      hadNews ? run(fanOut, null) : false,
    ]);
    if (hasMoreEvents) this.wake();
    if (this.#isStopping) return;
    if (this.#queue.hasReplay() && (await run(continueReplays, { now: clock.now() }))) this.#look();
    const { keys, nextAt } = this.#queue.due(clock.now(), {
      of: (webhookId) => this.#lanes.roomOf(webhookId),
      isIdle: (webhookId) => this.#lanes.isIdle(webhookId),
      has: (key) => this.#lanes.has(key),
    });
    if (keys.length > 0) {
      const leaseEndsAt = clock.monotonic() + leaseMs;
      const claimed = await run(claimDeliveries, { keys, claim, now: clock.now(), leaseMs });
      for (const key of claimed) this.#lanes.add({ ...key, leaseEndsAt });
      this.#readAhead(claimed);
      if (this.#isStopping) this.#giveBack(this.#lanes.clear());
      this.#pump();
    }
    this.#wakeIn(nextAt === undefined ? longestSleepMs : nextAt - clock.now());
  }

  /** The wall clock and the monotonic one must pass alike; where they do not, the wall clock was set. */
  async #noticeClockStep(): Promise<void> {
    const { clock, run } = this.#options;
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    const seen = this.#seen;
    const byMs =
      seen === undefined
        ? // While no process ran, only a clock that was set back can be noticed: something is later than now.
          Math.min(0, now.wall - this.#queue.latestEventAt())
        : now.wall - seen.wall - (now.monotonic - seen.monotonic);
    if (Math.abs(byMs) >= clockStepMs) await run(moveDueTimes, { byMs: Math.round(byMs) });
    this.#seen = now;
  }

  async #writeFinished(): Promise<void> {
    const { run, claim, onTally } = this.#options;
    const finished = this.#finished.splice(0, maxFinishedPerTurn);
    if (finished.length === 0) return;
    let tally: FinishedTally;
    try {
      tally = await run(finishDeliveries, { finished, claim });
    } catch (error) {
      this.#finished = [...finished, ...this.#finished];
      throw error;
    }
    for (const key of finished) this.#lanes.release(key);
    for (const { webhookId, to } of tally.changes) if (to !== 'active') this.#giveBack(this.#lanes.clear(webhookId));
    if (this.#finished.length > 0) this.#look();
    this.#pump();
    onTally(tally);
  }

  async #writeGivenBack(): Promise<void> {
    const { run, claim, clock } = this.#options;
    const keys = this.#givenBack.splice(0);
    if (keys.length === 0) return;
    // Where this fails, the leases' end gives them back.
    for (const key of keys) this.#lanes.release(key);
    for (const key of keys) this.#parcels.drop(key);
    await run(giveBackDeliveries, { keys, claim, now: clock.now() });
  }

  #giveBack(keys: readonly DeliveryKey[]): void {
    if (keys.length === 0) return;
    this.#givenBack.push(...keys);
    this.#look();
  }

  /** Where this fails, each is read when it is sent. */
  #readAhead(keys: readonly DeliveryKey[]): void {
    try {
      this.#parcels.readAhead(keys);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #pump(): void {
    for (let claimed = this.#lanes.next(); claimed !== undefined; claimed = this.#lanes.next())
      void this.#send(claimed);
  }

  async #send(claimed: Claimed): Promise<void> {
    const { clock, random } = this.#options;
    const start = clock.monotonic();
    const startedAt = clock.now();
    const outcome = claimed.leaseEndsAt - start < leastLeaseLeftMs ? undefined : await this.#try(claimed);
    // What we cut off ourselves is no failure of the receiver's.
    if (outcome === undefined || (this.#isCut && !outcome.isSuccess)) this.#giveBack([claimed]);
    else {
      const { webhookId, eventId } = claimed;
      this.#finished.push({ ...outcome, webhookId, eventId, startedAt, at: clock.now(), random: random() });
    }
    this.#lanes.sent(claimed, clock.monotonic() - start, outcome?.isSuccess !== true);
    this.#pump();
    this.#look();
  }

  /** Undefined: there is nothing to send any more. */
  async #try(key: DeliveryKey): Promise<TryOutcome | undefined> {
    const { clock, onError } = this.#options;
    const now = clock.now();
    try {
      const parcel = this.#parcels.take(key, now);
      return parcel && (await this.#courier.deliver(parcel, now));
    } catch (error) {
      onError(error);
      // A fault of ours: tried again like any other, and not at once for ever.
      return { ...nothingSent, durationMs: 0 };
    }
  }

  #wakeIn(delayMs: number): void {
    this.#callOff();
    const delay = Math.min(longestSleepMs, Math.max(shortestSleepMs, delayMs));
    this.#callOff = this.#options.timers.after(delay, () => this.wake());
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.timers.after(delayMs, resolve));
  }

  #tellIdle(): void {
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
