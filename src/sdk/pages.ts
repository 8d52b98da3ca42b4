// A list of the API: one page when it is awaited, everything when it is looped over.

import type { ListMeta } from './api-types.ts';
import type { Call, Transport } from './transport.ts';

export interface Page<T> {
  readonly data: readonly T[];
  readonly meta: ListMeta;
}

/**
 * `const { data, meta } = await signpost.links.list()` asks for one page;
 * `for await (const link of signpost.links.list())` asks for page after page, by cursor, as the loop gets there.
 */
export class Pages<T> implements PromiseLike<Page<T>>, AsyncIterable<T> {
  readonly #transport: Transport;
  readonly #call: Call;

  constructor(transport: Transport, call: Call) {
    this.#transport = transport;
    this.#call = call;
  }

  /** The first page, or the one that was asked for. */
  page(): Promise<Page<T>> {
    return this.#transport.json<Page<T>>(this.#call);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- awaiting the list is its simplest use
  then<Fulfilled = Page<T>, Rejected = never>(
    onFulfilled?: ((page: Page<T>) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.page().then(onFulfilled, onRejected);
  }

  /** Page after page, from the one that was asked for on. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let page = await this.page();
    for (;;) {
      yield page;
      const cursor = page.meta.nextCursor;
      if (cursor === null) return;
      const query: Record<string, unknown> = { ...this.#call.query, cursor };
      // A cursor is a place of its own.
      delete query['page'];
      page = await this.#transport.json<Page<T>>({ ...this.#call, query });
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }
}
