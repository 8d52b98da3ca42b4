// A named read that may take long: asked for on the main thread, done on the reader thread. Whatever takes longer than a question
// of statistics is cut into pages, so that nobody waits behind all of it.

import type { Connection } from './query.ts';

export interface Reading<Input, Output> {
  /** Unique among all readings, as in `stats.link`. */
  readonly name: string;
  /** An AppError that it throws reaches the caller as it is. Input and output cross threads, so both must survive structured cloning. */
  read(connection: Connection, input: Input): Output;
}

export function defineReading<Input, Output>(
  name: string,
  read: (connection: Connection, input: Input) => Output,
): Reading<Input, Output> {
  return { name, read };
}

/** Any reading, for the table that the reader thread looks them up in. */
export type AnyReading = Reading<never, unknown>;
