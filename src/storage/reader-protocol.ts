// What main thread and reader thread say to each other: one question out, one answer back, never two at once.

import type { OperationResult } from './writer-protocol.ts';

/** What the reader thread is started with. */
export interface ReaderData {
  readonly dataFolder: string;
  /** Whether every other thread goes first. */
  readonly isBackground: boolean;
}

export interface ReadingCall {
  readonly name: string;
  readonly input: unknown;
}

export type ReaderMessage = { readonly kind: 'ready' } | { readonly kind: 'answer'; readonly result: OperationResult };
