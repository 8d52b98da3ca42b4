// Which deliveries are due: read by whoever sends them, on a connection of its own. Costs as much as there are webhooks with
// something to send, however long their backlogs are.

import { type DeliveryKey, deliveryState } from './delivery.ts';
import type { Connection } from '../storage/query.ts';
import type { WebhookStatus } from './webhook.ts';

const { waiting, scheduled, sending } = deliveryState;

interface ControlRow {
  readonly status: WebhookStatus;
  readonly probe_at: number | null;
  readonly paused_until: number | null;
  readonly held_through: number;
}

interface EventId {
  readonly event_id: number;
}

function prepareStatements(connection: Connection) {
  return {
    nextWithWaiting: connection.prepare<[number], { webhook_id: number }>(
      `SELECT webhook_id FROM webhook_deliveries WHERE state = ${waiting} AND webhook_id > ? ORDER BY webhook_id LIMIT 1`,
    ),
    nextWithScheduled: connection.prepare<[number], { webhook_id: number }>(
      `SELECT webhook_id FROM webhook_deliveries WHERE state = ${scheduled} AND webhook_id > ? ORDER BY webhook_id LIMIT 1`,
    ),
    control: connection.prepare<[number], ControlRow>(
      'SELECT status, probe_at, paused_until, held_through FROM webhooks WHERE id = ? AND deleted_at IS NULL',
    ),
    due: connection.prepare<[number, number, number], EventId>(
      `SELECT event_id FROM webhook_deliveries WHERE webhook_id = ? AND state = ${scheduled} AND due_at <= ?
       ORDER BY due_at, event_id LIMIT ?`,
    ),
    waiting: connection.prepare<[number, number, number], EventId>(
      `SELECT event_id FROM webhook_deliveries WHERE webhook_id = ? AND state = ${waiting} AND event_id > ?
       ORDER BY event_id LIMIT ?`,
    ),
    oldestScheduled: connection.prepare<[number], { event_id: number | null }>(
      `SELECT min(event_id) AS event_id FROM webhook_deliveries WHERE webhook_id = ? AND state = ${scheduled}`,
    ),
    nextDue: connection.prepare<[number], { due_at: number | null }>(
      `SELECT min(due_at) AS due_at FROM webhook_deliveries WHERE webhook_id = ? AND state = ${scheduled}`,
    ),
    expired: connection.prepare<[number, number], { webhook_id: number; event_id: number }>(
      `SELECT webhook_id, event_id FROM webhook_deliveries WHERE state = ${sending} AND due_at <= ? ORDER BY due_at LIMIT ?`,
    ),
    nextLeaseEnd: connection.prepare<[], { due_at: number | null }>(
      `SELECT min(due_at) AS due_at FROM webhook_deliveries WHERE state = ${sending}`,
    ),
    latestEvent: connection.prepare<[], { created_at: number | null }>(
      'SELECT max(created_at) AS created_at FROM webhook_events',
    ),
    hasReplay: connection.prepare('SELECT 1 FROM webhook_replays LIMIT 1'),
  };
}

export interface DueDeliveries {
  readonly keys: readonly DeliveryKey[];
  /** When something is due that is not yet; undefined: nothing is. */
  readonly nextAt: number | undefined;
}

interface Room {
  /** How many more of this webhook may be claimed. */
  of(webhookId: number): number;
  /** Whether none of it is claimed. */
  isIdle(webhookId: number): boolean;
  /** Whether the caller itself has it still. */
  has(key: DeliveryKey): boolean;
}

export class DeliveryQueue {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(connection: Connection) {
    this.#statements = prepareStatements(connection);
  }

  /** What may be claimed now, each webhook's in their order: retries first, since they are older than what waits. */
  due(now: number, room: Room): DueDeliveries {
    const keys: DeliveryKey[] = [];
    let nextAt: number | undefined;
    const later = (at: number | null): void => {
      if (at !== null && (nextAt === undefined || at < nextAt)) nextAt = at;
    };
    for (const webhookId of this.#pending()) {
      const control = this.#statements.control.get(webhookId);
      if (control === undefined || control.status === 'disabled') continue;
      const at = Math.max(control.paused_until ?? 0, control.status === 'failing' ? (control.probe_at ?? 0) : 0);
      if (at > now) {
        later(at);
        continue;
      }
      const found =
        control.status === 'failing'
          ? this.#oldest(webhookId, control.held_through, room)
          : this.#next(webhookId, now, control.held_through, room.of(webhookId));
      keys.push(...found.map((eventId) => ({ webhookId, eventId })));
      if (control.status === 'active') later(this.#nextScheduled(webhookId, now));
    }
    const expired = this.#statements.expired.all(now, 100);
    for (const { webhook_id: webhookId, event_id: eventId } of expired) {
      const key = { webhookId, eventId };
      if (!room.has(key) && room.of(webhookId) > 0) keys.push(key);
    }
    later(this.#statements.nextLeaseEnd.get()?.due_at ?? null);
    return { keys, nextAt };
  }

  /** When the latest event was; 0: there is none. */
  latestEventAt(): number {
    return this.#statements.latestEvent.get()?.created_at ?? 0;
  }

  /** Whether a replay has more to bring back. */
  hasReplay(): boolean {
    return this.#statements.hasReplay.get() !== undefined;
  }

  /** Webhooks with something that waits or is scheduled: steps from one to the next, past all deliveries in between. */
  *#pending(): IterableIterator<number> {
    const { nextWithWaiting, nextWithScheduled } = this.#statements;
    for (let last = 0; ;) {
      const next = Math.min(
        nextWithWaiting.get(last)?.webhook_id ?? Infinity,
        nextWithScheduled.get(last)?.webhook_id ?? Infinity,
      );
      if (next === Infinity) return;
      yield (last = next);
    }
  }

  #next(webhookId: number, now: number, heldThrough: number, room: number): number[] {
    if (room <= 0) return [];
    const due = this.#statements.due.all(webhookId, now, room);
    const rest = room - due.length;
    const waiting = rest > 0 ? this.#statements.waiting.all(webhookId, heldThrough, rest) : [];
    return [...due, ...waiting].map((row) => row.event_id);
  }

  #oldest(webhookId: number, heldThrough: number, room: Room): number[] {
    if (!room.isIdle(webhookId)) return [];
    const first = this.#statements.waiting.get(webhookId, heldThrough, 1)?.event_id ?? Infinity;
    const retried = this.#statements.oldestScheduled.get(webhookId)?.event_id ?? Infinity;
    const oldest = Math.min(first, retried);
    return oldest === Infinity ? [] : [oldest];
  }

  #nextScheduled(webhookId: number, now: number): number | null {
    const at = this.#statements.nextDue.get(webhookId)?.due_at ?? null;
    // What is due already will be looked for as soon as there is room.
    return at !== null && at > now ? at : null;
  }
}
