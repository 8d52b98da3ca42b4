// What main thread and writer thread say to each other: one batch out, one answer back, never two at once.

import type { ErrorCode, ErrorDetail } from '../core/errors.ts';

/** What the writer thread is started with. */
export interface WriterData {
  readonly dataFolder: string;
  /** The two buffers that clicks cross in. */
  readonly memory: readonly [SharedArrayBuffer, SharedArrayBuffer];
  /** Raised where events for webhooks are stored. */
  readonly eventSignal: SharedArrayBuffer;
  /** Whether clicks are committed with an fsync. */
  readonly syncClicks: boolean;
}

/** Makes a write happen once: the second call with the same key gets the first one's output. */
export interface Once {
  readonly userId: number;
  readonly key: string;
  /** A keyed hash of what was asked; the same key with another hash is IDEMPOTENCY_KEY_REUSED. */
  readonly requestHash: Uint8Array;
  readonly now: number;
}

export interface OperationCall {
  readonly name: string;
  readonly input: unknown;
  readonly once: Once | undefined;
}

export type OperationResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly details: readonly ErrorDetail[] }
  | { readonly ok: false; readonly code: undefined; readonly message: string; readonly stack: string | undefined };

/** Everything that goes into one transaction. `clicks` belongs to the click recorder and its counterpart on the writer thread. */
export interface Batch {
  readonly operations: readonly OperationCall[];
  readonly clicks: unknown;
}

export type WriterMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'committed'; readonly results: readonly OperationResult[]; readonly clicks: unknown }
  /** The transaction was undone as a whole, for instance because the disk is full; the next one may succeed. */
  | { readonly kind: 'failed'; readonly message: string }
  /** What was put off is put off once more: a transaction of the thread's own was undone. */
  | { readonly kind: 'unsettled' }
  /** The file can no longer be trusted (an I/O error): the process must end at once. */
  | { readonly kind: 'fatal'; readonly message: string }
  | { readonly kind: 'closed' };

export type MainMessage = { readonly kind: 'batch'; readonly batch: Batch } | { readonly kind: 'close' };
