// What a webhook is, and the rules of trying again: when the next try is due, when a receiver counts as failing, when it is given up.

import { hourMs } from '../core/periods.ts';
import { type EventName, eventNames } from '../storage/outbox-store.ts';

export const everyEvent = '*';
export const wantedEvents = [...eventNames, everyEvent] as const;
export type WantedEvent = (typeof wantedEvents)[number];

/** What is sent: an event, or the test that its owner asks for. */
export type SentEvent = EventName | 'test';

/**
 * `active`: deliveries go out as they come. `failing`: only the oldest is tried, the others wait for it. `disabled`: nothing
 * is sent; events are still kept, and can be replayed.
 */
export const webhookStatuses = ['active', 'failing', 'disabled'] as const;
export type WebhookStatus = (typeof webhookStatuses)[number];

/** Clicks that come soon after another are sent together. */
export interface BatchRule {
  readonly maxEvents: number;
  readonly maxWaitMs: number;
}

export interface Webhook {
  readonly id: number;
  readonly publicId: string;
  readonly userId: number;
  readonly name: string;
  readonly url: string;
  readonly events: readonly WantedEvent[];
  readonly batch: BatchRule | null;
  readonly status: WebhookStatus;
  /** In a row. */
  readonly failureCount: number;
  readonly lastTriggeredAt: number | null;
  readonly lastStatus: number | null;
  /** How many deliveries it has. */
  readonly deliveries: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export function wants(events: readonly WantedEvent[], event: EventName): boolean {
  return events.some((wanted) => wanted === everyEvent || wanted === event);
}

/** Of one webhook at once; what is more waits its turn. */
export const maxSendsPerWebhook = 4;

const [secondMs, minuteMs] = [1_000, 60_000];
// After the first try, the second, and so on.
const retryDelaysMs = [
  5 * secondMs,
  30 * secondMs,
  2 * minuteMs,
  10 * minuteMs,
  hourMs,
  6 * hourMs,
  24 * hourMs,
  48 * hourMs,
] as const;
/** From here on receivers that failed together would come back together: their next tries are scattered. */
const firstScattered = 4;
const scatter = 0.1;
const maxAskedDelayMs = hourMs;

export const maxAttempts = retryDelaysMs.length + 1;
const failuresUntilFailing = 10;
const givenUpAfterMs = 5 * 24 * hourMs;

/** What a receiver's `Retry-After` asks for is granted up to an hour, and never shortens the wait. */
function atLeastAsked(delayMs: number, askedMs: number | null): number {
  return Math.max(delayMs, Math.min(askedMs ?? 0, maxAskedDelayMs));
}

/**
 * How long to wait after so many tries; undefined: that was the last.
 * @param random from 0 up to 1
 */
export function retryDelayMs(attempts: number, random: number, askedMs: number | null = null): number | undefined {
  const delay = retryDelaysMs[attempts - 1];
  if (delay === undefined) return undefined;
  const scattered = attempts > firstScattered ? Math.round(delay * (1 + scatter * (2 * random - 1))) : delay;
  return atLeastAsked(scattered, askedMs);
}

/** How long to wait between tries of the one delivery of a failing webhook: the same schedule up to an hour, then every hour. */
export function probeDelayMs(attempts: number, random: number, askedMs: number | null = null): number {
  return retryDelayMs(Math.min(attempts + 1, firstScattered + 1), random, askedMs)!;
}

/** The part of a webhook that its answers change. */
export interface Health {
  readonly status: WebhookStatus;
  readonly failureCount: number;
  readonly firstFailureAt: number | null;
  readonly probeAttempts: number;
  readonly probeAt: number | null;
  readonly pausedUntil: number | null;
}

export const healthy: Health = {
  status: 'active',
  failureCount: 0,
  firstFailureAt: null,
  probeAttempts: 0,
  probeAt: null,
  pausedUntil: null,
};

export interface Failure {
  readonly startedAt: number;
  readonly at: number;
  /** 410 Gone: the receiver wants no more. */
  readonly isGone: boolean;
  readonly askedDelayMs: number | null;
  /** From 0 up to 1. */
  readonly random: number;
}

export function afterSuccess(health: Health): Health {
  // What was under way when it was switched off does not switch it on.
  return health.status === 'disabled' ? { ...healthy, status: 'disabled' } : healthy;
}

export function afterFailure(health: Health, { startedAt, at, isGone, askedDelayMs, random }: Failure): Health {
  const failureCount = health.failureCount + 1;
  const firstFailureAt = health.firstFailureAt ?? at;
  const failed = {
    ...health,
    failureCount,
    firstFailureAt,
    pausedUntil: askedDelayMs === null ? health.pausedUntil : at + atLeastAsked(0, askedDelayMs),
  };
  if (isGone || health.status === 'disabled' || at - firstFailureAt >= givenUpAfterMs)
    return { ...failed, status: 'disabled', probeAt: null, probeAttempts: 0 };
  if (health.status === 'active' && failureCount < failuresUntilFailing) return failed;
  // What was under way when the webhook came to be failing is no probe of it.
  if (health.status === 'failing' && startedAt < (health.probeAt ?? 0)) return failed;
  const probeAttempts = health.status === 'failing' ? health.probeAttempts + 1 : 0;
  return {
    ...failed,
    status: 'failing',
    probeAttempts,
    probeAt: at + probeDelayMs(probeAttempts, random, askedDelayMs),
  };
}
