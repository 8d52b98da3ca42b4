// What the main thread and the delivery thread say to each other. The delivery thread reads by itself, and asks for its writes.

import type { FinishedTally } from './delivery-write-store.ts';

/** What the delivery thread is started with. */
export interface DeliveryData {
  readonly dataFolder: string;
  /** Raised where events are stored. */
  readonly eventSignal: SharedArrayBuffer;
  /** Where webhooks may be sent besides public addresses. */
  readonly allow: readonly string[];
  /** Names the thread in claims. */
  readonly claim: string;
  readonly version: string;
}

export type ToDelivery =
  /** Webhooks were changed, or something is due that was not. */
  | { readonly kind: 'wake' }
  /** No more claims; what is on its way has so long to end. */
  | { readonly kind: 'stop'; readonly graceMs: number }
  | { readonly kind: 'done'; readonly call: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly call: number; readonly message: string };

export type FromDelivery =
  | { readonly kind: 'run'; readonly call: number; readonly operation: string; readonly input: unknown }
  | { readonly kind: 'tally'; readonly tally: FinishedTally }
  | { readonly kind: 'trouble'; readonly message: string };
