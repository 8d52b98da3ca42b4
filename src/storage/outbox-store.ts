// The outbox of webhooks: an event is stored in the transaction of what caused it, so neither is ever there without the other.
// For users without a webhook for the event nothing is built and nothing is stored.

import type Database from 'better-sqlite3';
import { newId } from '../core/ids.ts';
import { type Connection, oncePerConnection } from './query.ts';

/** Everything that a webhook can be told of, but for the `test` that its owner asks for. */
export const eventNames = [
  'click',
  'link.created',
  'link.updated',
  'link.deleted',
  'domain.verified',
  'domain.failing',
  'qr.scanned',
] as const;

export type EventName = (typeof eventNames)[number];

export interface NewEvent {
  /** Whose webhooks are told. */
  readonly userId: number;
  readonly event: EventName;
  /** The event's `data`, as the receiver will read it; built only when somebody wants it. */
  readonly data: () => object;
  readonly now: number;
}

const interestsMarkerName = 'webhook_interests';
const unknownMarker = Buffer.alloc(0);

/** What one connection has prepared, and what it remembers of who wants what. */
class Outbox {
  /** Told of every event that is stored. */
  onEvents: (() => void) | undefined;
  readonly #isWanted: Database.Statement<[string, number]>;
  readonly #wantedBy: Database.Statement<[string], { user_id: number }>;
  readonly #readMarker: Database.Statement<[string], { value: Buffer }>;
  readonly #put: Database.Statement<[string, number, string, string, number]>;
  readonly #users = new Map<EventName, { readonly marker: Buffer; readonly ids: ReadonlySet<number> }>();

  constructor(connection: Connection) {
    this.#isWanted = connection.prepare('SELECT 1 FROM webhook_interests WHERE event = ? AND user_id = ?');
    this.#wantedBy = connection.prepare('SELECT user_id FROM webhook_interests WHERE event = ?');
    this.#readMarker = connection.prepare('SELECT value FROM settings WHERE name = ?');
    this.#put = connection.prepare(
      'INSERT INTO webhook_events (public_id, user_id, event, data, created_at) VALUES (?, ?, ?, ?, ?)',
    );
  }

  isWanted(event: EventName, userId: number): boolean {
    return this.#isWanted.get(event, userId) !== undefined;
  }

  usersWanting(event: EventName): ReadonlySet<number> {
    // The marker is read again each time: a set from a transaction that was undone has another one.
    const marker = this.#readMarker.get(interestsMarkerName)?.value ?? unknownMarker;
    const known = this.#users.get(event);
    if (known !== undefined && known.marker.equals(marker)) return known.ids;
    const ids = new Set(this.#wantedBy.all(event).map((row) => row.user_id));
    this.#users.set(event, { marker, ids });
    return ids;
  }

  put(userId: number, event: string, data: object, now: number): void {
    this.#put.run(newId('evt'), userId, event, JSON.stringify(data), now);
    this.onEvents?.();
  }
}

const outboxOf = oncePerConnection((connection) => new Outbox(connection));

/**
 * Tells the user's webhooks, once the running transaction has been committed, what happened in it. Call it inside the
 * operation that makes it happen; costs one look-up where the user has no webhook for the event.
 */
export function emitEvent(connection: Connection, { userId, event, data, now }: NewEvent): void {
  const outbox = outboxOf(connection);
  if (outbox.isWanted(event, userId)) outbox.put(userId, event, data(), now);
}

/** The users who have a webhook for the event, as the running transaction sees them: ask once a batch, not once an event. */
export function usersWanting(connection: Connection, event: EventName): ReadonlySet<number> {
  return outboxOf(connection).usersWanting(event);
}

/** Stores an event of a user whom `usersWanting` names. */
export function putEvent(connection: Connection, userId: number, event: EventName, data: object, now: number): void {
  outboxOf(connection).put(userId, event, data, now);
}

/** `listener` is called whenever this connection stores an event. It must be cheap, and the commit is still to come. */
export function onStoredEvents(connection: Connection, listener: () => void): void {
  outboxOf(connection).onEvents = listener;
}
