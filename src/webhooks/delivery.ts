// What a delivery is: one event, or one batch of clicks, on its way to one webhook.

/** As the database has them. Waiting: in the order of events. Scheduled: at its own time. Sending: until its lease ends. */
export const deliveryState = { waiting: 0, scheduled: 1, sending: 2, delivered: 3, dead: 4 } as const;

/** Names one among all. */
export interface DeliveryKey {
  readonly webhookId: number;
  /** Of a batch: its first. */
  readonly eventId: number;
}

/** A delivery as its log shows it. */
export interface Delivery extends DeliveryKey {
  readonly publicId: string;
  readonly event: string;
  readonly eventCount: number;
  readonly state: number;
  readonly dueAt: number | null;
  readonly attempts: number;
  readonly statusCode: number | null;
  readonly durationMs: number | null;
  readonly error: string | null;
  readonly response: string | null;
  readonly createdAt: number;
}

/** What came of one try. */
export interface TryOutcome {
  readonly isSuccess: boolean;
  /** null: there was no answer. */
  readonly statusCode: number | null;
  readonly durationMs: number;
  /** What went wrong in plain words; null after a success. */
  readonly error: string | null;
  /** The beginning of the answer's body. */
  readonly response: string | null;
  /** What Retry-After asks for. */
  readonly askedDelayMs: number | null;
}
