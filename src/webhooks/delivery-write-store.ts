// How deliveries change hands: claimed for a while, finished with what came of them, or given back. Whoever claims a delivery in
// the database is the only one to send it, however many processes try.

import { type DeliveryKey, deliveryState, type TryOutcome } from './delivery.ts';
import { defineOperation } from '../storage/operation.ts';
import { type Connection, oncePerConnection } from '../storage/query.ts';
import { afterFailure, afterSuccess, type Health, retryDelayMs, type WebhookStatus } from './webhook.ts';

interface DeliveryRow {
  readonly state: number;
  readonly claim: string | null;
  readonly attempts: number;
}

interface HealthRow {
  readonly public_id: string;
  readonly status: WebhookStatus;
  readonly failure_count: number;
  readonly first_failure_at: number | null;
  readonly probe_attempts: number;
  readonly probe_at: number | null;
  readonly paused_until: number | null;
  readonly held_through: number;
}

const { waiting, scheduled, sending, delivered, dead } = deliveryState;

const statementsOf = oncePerConnection((connection) => ({
  claim: connection.prepare(
    `UPDATE webhook_deliveries SET state = ${sending}, due_at = ?, claim = ? WHERE webhook_id = ? AND event_id = ?
     AND (state IN (${waiting}, ${scheduled}) OR (state = ${sending} AND due_at <= ?))`,
  ),
  // What is claimed may have been sent, even if nobody lives to tell: no click may join it any more.
  closeBatch: connection.prepare('UPDATE webhooks SET open_batch = NULL WHERE id = ? AND open_batch = ?'),
  find: connection.prepare<[number, number], DeliveryRow>(
    'SELECT state, claim, attempts FROM webhook_deliveries WHERE webhook_id = ? AND event_id = ?',
  ),
  finish: connection.prepare(
    `UPDATE webhook_deliveries SET state = ?, due_at = ?, claim = NULL, attempts = ?, attempted_at = ?, status_code = ?,
       duration_ms = ?, error = ?, response = ? WHERE webhook_id = ? AND event_id = ?`,
  ),
  giveBack: connection.prepare(
    `UPDATE webhook_deliveries SET state = ${scheduled}, due_at = ?, claim = NULL
     WHERE webhook_id = ? AND event_id = ? AND state = ${sending} AND claim = ?`,
  ),
  freeClaims: connection.prepare(
    `UPDATE webhook_deliveries SET state = ${scheduled}, due_at = ?, claim = NULL WHERE state = ${sending}`,
  ),
  findHealth: connection.prepare<[number], HealthRow>(
    `SELECT public_id, status, failure_count, first_failure_at, probe_attempts, probe_at, paused_until, held_through
     FROM webhooks WHERE id = ?`,
  ),
  putHealth: connection.prepare(
    `UPDATE webhooks SET switched_off_at = iif(@status = 'disabled' AND status <> 'disabled', @at, switched_off_at),
       status = @status, failure_count = @failureCount, first_failure_at = @firstFailureAt, probe_attempts = @probeAttempts,
       probe_at = @probeAt, paused_until = @pausedUntil, last_triggered_at = @at, last_status = @statusCode WHERE id = @webhookId`,
  ),
  releaseRetries: connection.prepare(
    `UPDATE webhook_deliveries SET state = ${waiting}, due_at = NULL
     WHERE webhook_id = ? AND state = ${scheduled} AND event_id > ?`,
  ),
  moveDueTimes: connection.prepare(
    `UPDATE webhook_deliveries SET due_at = due_at + ? WHERE state IN (${scheduled}, ${sending})`,
  ),
  moveHealthTimes: connection.prepare(
    `UPDATE webhooks SET probe_at = probe_at + @byMs, paused_until = paused_until + @byMs,
       first_failure_at = first_failure_at + @byMs, switched_off_at = switched_off_at + @byMs
     WHERE coalesce(probe_at, paused_until, first_failure_at, switched_off_at) IS NOT NULL`,
  ),
}));

interface ClaimDeliveries {
  readonly keys: readonly DeliveryKey[];
  /** Names the claimer; nobody else's claim is ever called the same. */
  readonly claim: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** Those of `keys` that nobody else has: the caller's own until the lease ends. */
export const claimDeliveries = defineOperation(
  'webhooks.claim',
  (connection, { keys, claim, now, leaseMs }: ClaimDeliveries): DeliveryKey[] => {
    const statements = statementsOf(connection);
    return keys.filter(({ webhookId, eventId }) => {
      if (statements.claim.run(now + leaseMs, claim, webhookId, eventId, now).changes === 0) return false;
      statements.closeBatch.run(webhookId, eventId);
      return true;
    });
  },
  { isRepeatable: true },
);

export interface FinishedDelivery extends DeliveryKey, TryOutcome {
  readonly startedAt: number;
  /** When it ended. */
  readonly at: number;
  /** Scatters the next try; from 0 up to 1. */
  readonly random: number;
}

interface FinishDeliveries {
  readonly finished: readonly FinishedDelivery[];
  readonly claim: string;
}

/** A webhook that has another status now. */
export interface StatusChange {
  readonly webhookId: number;
  readonly publicId: string;
  readonly from: WebhookStatus;
  readonly to: WebhookStatus;
}

export interface FinishedTally {
  readonly delivered: number;
  readonly failed: number;
  /** Of the failed ones, those that will not be tried again. */
  readonly dead: number;
  readonly changes: readonly StatusChange[];
}

const goneStatus = 410;

class Finishing {
  delivered = 0;
  failed = 0;
  dead = 0;
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #claim: string;
  readonly #health = new Map<number, { readonly row: HealthRow; health: Health; last: FinishedDelivery }>();

  constructor(connection: Connection, claim: string) {
    this.#statements = statementsOf(connection);
    this.#claim = claim;
  }

  take(finished: FinishedDelivery): void {
    const { webhookId, eventId } = finished;
    const row = this.#statements.find.get(webhookId, eventId);
    // Its lease ended and somebody else took it over, or its webhook is gone.
    if (row === undefined || row.state !== sending || row.claim !== this.#claim) return;
    const known = this.#healthOf(finished);
    if (known === undefined) return;
    const before = known.health;
    known.last = finished;
    if (finished.isSuccess) {
      this.delivered++;
      known.health = afterSuccess(before);
      this.#put(finished, row.attempts + 1, delivered, null);
      if (before.status === 'failing') this.#statements.releaseRetries.run(webhookId, known.row.held_through);
      return;
    }
    this.failed++;
    known.health = afterFailure(before, {
      startedAt: finished.startedAt,
      at: finished.at,
      isGone: finished.statusCode === goneStatus,
      askedDelayMs: finished.askedDelayMs,
      random: finished.random,
    });
    this.#putFailed(finished, row.attempts + 1, before, known.row.held_through);
  }

  finish(): StatusChange[] {
    const changes: StatusChange[] = [];
    for (const [webhookId, { row, health, last }] of this.#health) {
      const { status } = health;
      const { at, statusCode } = last;
      this.#statements.putHealth.run({ ...health, at, statusCode, webhookId });
      if (status !== row.status) changes.push({ webhookId, publicId: row.public_id, from: row.status, to: status });
    }
    return changes;
  }

  #putFailed(finished: FinishedDelivery, attempts: number, before: Health, heldThrough: number): void {
    const { at, random, askedDelayMs } = finished;
    if (finished.statusCode === goneStatus) {
      this.#bury(finished, attempts);
      return;
    }
    if (before.status === 'failing') {
      // It stays the oldest, and the webhook's own schedule says when it is tried again.
      const isHeld = finished.eventId <= heldThrough;
      this.#put(finished, attempts, isHeld ? scheduled : waiting, isHeld ? at : null);
      return;
    }
    const delay = retryDelayMs(attempts, random, askedDelayMs);
    if (delay === undefined) this.#bury(finished, attempts);
    else this.#put(finished, attempts, scheduled, at + delay);
  }

  #bury(finished: FinishedDelivery, attempts: number): void {
    this.dead++;
    this.#put(finished, attempts, dead, null);
  }

  #put(finished: FinishedDelivery, attempts: number, state: number, dueAt: number | null): void {
    const { webhookId, eventId, at, statusCode, durationMs, error, response } = finished;
    const { finish } = this.#statements;
    finish.run(state, dueAt, attempts, at, statusCode, Math.round(durationMs), error, response, webhookId, eventId);
  }

  #healthOf(finished: FinishedDelivery) {
    const { webhookId } = finished;
    let known = this.#health.get(webhookId);
    if (known !== undefined) return known;
    const row = this.#statements.findHealth.get(webhookId);
    if (row === undefined) return undefined;
    const health = {
      status: row.status,
      failureCount: row.failure_count,
      firstFailureAt: row.first_failure_at,
      probeAttempts: row.probe_attempts,
      probeAt: row.probe_at,
      pausedUntil: row.paused_until,
    };
    known = { row, health, last: finished };
    this.#health.set(webhookId, known);
    return known;
  }
}

/** Writes down what came of tries, in their order, and what that makes of their webhooks. */
export const finishDeliveries = defineOperation(
  'webhooks.finish',
  (connection, { finished, claim }: FinishDeliveries): FinishedTally => {
    const finishing = new Finishing(connection, claim);
    for (const one of finished) finishing.take(one);
    const changes = finishing.finish();
    return { delivered: finishing.delivered, failed: finishing.failed, dead: finishing.dead, changes };
  },
  { isRepeatable: true },
);

interface GiveBackDeliveries {
  readonly keys: readonly DeliveryKey[];
  readonly claim: string;
  readonly now: number;
}

/** Ends claims before anything was sent: they are due again at once. */
export const giveBackDeliveries = defineOperation(
  'webhooks.give-back',
  (connection, { keys, claim, now }: GiveBackDeliveries): void => {
    const { giveBack } = statementsOf(connection);
    for (const { webhookId, eventId } of keys) giveBack.run(now, webhookId, eventId, claim);
  },
  { isRepeatable: true },
);

/**
 * Ends every claim. Only for whoever knows that nobody sends: the one process that holds the data folder, before it begins to.
 * What a process that died had claimed goes out at once then, and not when the leases end.
 */
export const freeClaims = defineOperation(
  'webhooks.free-claims',
  (connection, { now }: { now: number }): void => {
    statementsOf(connection).freeClaims.run(now);
  },
  { isRepeatable: true },
);

/** The clock was set, forth or (below 0) back: what was to wait an hour waits that hour, and neither none nor a day. */
export const moveDueTimes = defineOperation(
  'webhooks.move-due-times',
  (connection, { byMs }: { byMs: number }): void => {
    const statements = statementsOf(connection);
    statements.moveDueTimes.run(byMs);
    statements.moveHealthTimes.run({ byMs });
  },
);
