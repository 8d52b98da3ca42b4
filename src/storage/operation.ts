// A named write: built on the main thread, applied on the writer thread inside the batch's transaction.

import type { Connection } from './query.ts';

export interface Operation<Input, Output> {
  /** Unique among all operations, as in `links.create`. */
  readonly name: string;
  /** True where a power cut may take it back: what it does is done again by itself. It then costs no fsync of its own. */
  readonly isRepeatable: boolean;
  /**
   * Runs inside a savepoint. What it throws undoes this operation alone; an AppError reaches the caller as it is.
   * Input and output cross threads, so both must survive structured cloning.
   */
  apply(connection: Connection, input: Input): Output;
  /**
   * True for one that writes so much that a savepoint is too dear: in it, SQLite walks through all that may have to be undone at
   * the end of every statement. What it throws after its first write undoes the whole batch, so it must not throw an AppError then.
   */
  readonly isUnguarded: boolean;
}

export function defineOperation<Input, Output>(
  name: string,
  apply: (connection: Connection, input: Input) => Output,
  { isRepeatable = false } = {},
): Operation<Input, Output> {
  return { name, isRepeatable, apply, isUnguarded: false };
}

/** The same for an operation of many writes that either cannot fail half-way, or takes the batch along. */
export function defineLongOperation<Input, Output>(
  name: string,
  apply: (connection: Connection, input: Input) => Output,
): Operation<Input, Output> {
  return { name, isRepeatable: false, apply, isUnguarded: true };
}

/** Any operation, for the table that the writer thread looks them up in. */
export type AnyOperation = Operation<never, unknown>;
