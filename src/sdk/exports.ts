// An export: every row of it, one after the other, or the whole as CSV. Nothing is held but what is on its way.

import type { Click, RollUp } from './api-types.ts';
import { ConnectionError } from './errors.ts';
import type { Call, Transport } from './transport.ts';

const ndjson = 'application/x-ndjson';
const csv = 'text/csv';

export interface RowsOptions<T> {
  readonly transport: Transport;
  readonly call: Call;
  /** What an export that broke off after this row goes on with. */
  readonly cursorOf: (row: T) => string;
  /** Whether an export that goes on repeats the rows with the same cursor: then those are held until all of them are here. */
  readonly isRepeated: boolean;
}

/**
 * `for await (const click of signpost.links.exportClicks(id))` gives row after row, and goes on behind the last one where the
 * connection breaks; `await signpost.links.exportClicks(id).csv()` is a ReadableStream of the bytes of a CSV file.
 */
export class Rows<T> implements AsyncIterable<T> {
  readonly #options: RowsOptions<T>;

  constructor(options: RowsOptions<T>) {
    this.#options = options;
  }

  /** Breaks off with a ConnectionError where the connection does: a file cannot be gone on with behind its reader's back. */
  csv(): Promise<ReadableStream<Uint8Array>> {
    const { transport, call } = this.#options;
    return transport.stream({ ...call, accept: csv });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const { transport, call, cursorOf, isRepeated } = this.#options;
    let query: Record<string, unknown> = { ...call.query };
    for (;;) {
      let held: T[] = [];
      let isFurther = false;
      try {
        for await (const line of transport.lines({ ...call, query, accept: ndjson })) {
          const row = JSON.parse(line) as T;
          const cursor = cursorOf(row);
          if (isRepeated && cursor === query['cursor']) {
            held.push(row);
            continue;
          }
          // Everything with the cursor before is here now.
          yield* held;
          held = [];
          isFurther = true;
          query = { ...query, cursor };
          if (isRepeated) held.push(row);
          else yield row;
        }
        yield* held;
        return;
      } catch (error) {
        // The transport has tried to connect as often as it may. Once it has got on, it may try again.
        if (!(error instanceof ConnectionError) || !isFurther) throw error;
      }
    }
  }
}

export function clickRows(transport: Transport, call: Call): Rows<Click> {
  return new Rows({ transport, call, cursorOf: ({ id }) => id, isRepeated: false });
}

export function rollUpRows(transport: Transport, call: Call): Rows<RollUp> {
  return new Rows({ transport, call, cursorOf: ({ from }) => from, isRepeated: true });
}
