// A named write: built on the main thread, applied on the writer thread inside the batch's transaction.

import type { Connection } from './query.ts';

export interface Operation<Input, Output> {
  /** Unique among all operations, as in `links.create`. */
  readonly name: string;
  /**
   * Runs inside a savepoint. What it throws undoes this operation alone; an AppError reaches the caller as it is.
   * Input and output cross threads, so both must survive structured cloning.
   */
  apply(connection: Connection, input: Input): Output;
}

export function defineOperation<Input, Output>(
  name: string,
  apply: (connection: Connection, input: Input) => Output,
): Operation<Input, Output> {
  return { name, apply };
}

/** Any operation, for the table that the writer thread looks them up in. */
export type AnyOperation = Operation<never, unknown>;
