// What the main thread and a drawing thread say to each other: one order, one answer, never two at once.

import type { ErrorCode, ErrorDetail } from '../core/errors.ts';
import type { DrawOrder, Drawing } from './draw.ts';

export interface PackedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type DrawingTask =
  | { readonly kind: 'draw'; readonly order: DrawOrder }
  /** Several codes of one style, their images in the order of their texts. */
  | { readonly kind: 'draw-many'; readonly order: Omit<DrawOrder, 'text'>; readonly texts: readonly string[] }
  | { readonly kind: 'zip'; readonly files: readonly PackedFile[] };

export interface DrawingResults {
  readonly draw: Drawing;
  readonly 'draw-many': readonly Drawing[];
  readonly zip: Uint8Array;
}

export type DrawingReply =
  | { readonly kind: 'done'; readonly result: DrawingResults[keyof DrawingResults] }
  /** Refused: the caller's fault, and told to them. */
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details: readonly ErrorDetail[];
    }
  /** A bug of ours, or of a library's. */
  | { readonly kind: 'failed'; readonly message: string; readonly stack: string | undefined };
