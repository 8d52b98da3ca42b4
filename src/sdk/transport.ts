// One call of the API over fetch: the key, the timeout, the tries. A try is repeated only where repeating is safe, which an
// Idempotency-Key on every POST makes it.

import type { ErrorAnswer } from './api-types.ts';
import { ApiError, ConnectionError, type ErrorCode, SignpostError, TimeoutError } from './errors.ts';

type Fetch = typeof fetch;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What every call takes as its last argument. */
export interface CallOptions {
  /** Ends the call; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** For one try, its body included; of what comes as a stream: for the next piece of it. Infinity: no limit. */
  readonly timeoutMs?: number | undefined;
  /** Tries after the first. */
  readonly maxRetries?: number | undefined;
  /** Of a POST; drawn at random where absent. With one of your own, a call that is made again after a crash happens once. */
  readonly idempotencyKey?: string | undefined;
}

export interface TransportOptions {
  readonly apiKey: string;
  readonly baseUrl: string | URL;
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
  /** The fetch to use, where it is not to be the platform's own. */
  readonly fetch?: Fetch | undefined;
}

export interface Call {
  readonly method: Method;
  /** After /api/v1: `/links`. */
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly options?: CallOptions | undefined;
}

/** What every try of a call sends. */
interface PreparedRequest {
  readonly url: string;
  readonly init: RequestInit;
}

/** A success whose body is taken as it comes. */
interface OpenAnswer {
  readonly body: ReadableStream<Uint8Array>;
  readonly ending: Ending;
}

const defaultTimeoutMs = 30_000;
const defaultMaxRetries = 3;
/** What a timer can wait for. */
const maxTimerMs = 2 ** 31 - 1;
const firstDelayMs = 250;
const maxDelayMs = 8_000;
/** A server that asks for a longer wait than this is believed, and the call fails at once. */
const maxRetryAfterMs = 60_000;

/** A part of a path, never the way to another route. */
export function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') throw new TypeError(`${JSON.stringify(value)} is no id`);
  return encodeURIComponent(value);
}

/** Throws a TypeError for what cannot stand in a header, undefined for instance, which is what a forgotten variable is. */
function bearerOf(apiKey: unknown): string {
  if (typeof apiKey !== 'string' || !/^\s*[\x21-\x7e]+\s*$/.test(apiKey)) throw new TypeError('apiKey is no API key');
  return `Bearer ${apiKey.trim()}`;
}

function apiBase(baseUrl: string | URL): string {
  const { origin, pathname } = new URL(baseUrl);
  const path = pathname.replace(/\/+$/, '');
  return `${origin}${path.endsWith('/api/v1') ? path : `${path}/api/v1`}`;
}

type QueryValue = string | number | boolean | Date | null | undefined;

function queryText(query: object | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}) as [string, QueryValue | readonly QueryValue[]][]) {
    for (const one of [value].flat()) {
      if (one === undefined || one === null) continue;
      search.append(name, one instanceof Date ? one.toISOString() : String(one));
    }
  }
  return search.size === 0 ? '' : `?${search}`;
}

function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Seconds, or an HTTP date; undefined where it is neither. */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // A date to everybody else, too: Date.parse makes one of "1.5" and of "-1".
  const date = value.endsWith(' GMT') ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - Date.now(), 0);
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => undefined)) as Partial<ErrorAnswer> | undefined;
  const told = body?.error;
  const code: ErrorCode = told?.code ?? `HTTP_${response.status}`;
  return new ApiError(told?.message ?? `the server answered ${response.status}`, {
    code,
    status: response.status,
    details: told?.details ?? [],
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterMs(response.headers),
  });
}

/** Resolves after the time; rejects at once with the reason when the signal is aborted. */
export function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Ends one try when its time is over, which can be begun anew, or when the caller wants it to end. */
class Ending {
  readonly #timeMs: number;
  readonly #wanted: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(timeMs: number, wanted: AbortSignal | undefined) {
    this.#timeMs = timeMs;
    this.#wanted = wanted;
    wanted?.addEventListener('abort', this.#end);
  }

  /** For fetch. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The work's result, unless the end comes before it. Not every platform ends the reading of a body when its signal is aborted. */
  within<T>(work: Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    if (this.#timeMs <= maxTimerMs) this.#timer = setTimeout(this.#end, this.#timeMs);
    return new Promise((resolve, reject) => {
      const { signal } = this.#controller;
      const stop = (): void => reject(new Error('the time is over'));
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      void work.then(resolve, reject).finally(() => {
        clearTimeout(this.#timer);
        signal.removeEventListener('abort', stop);
      });
    });
  }

  /** Nothing is to come any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#wanted?.removeEventListener('abort', this.#end);
  }

  /** What a failure of the try is told as. */
  failureOf(error: unknown): unknown {
    if (error instanceof SignpostError) return error;
    if (this.#wanted?.aborted) return this.#wanted.reason;
    if (this.signal.aborted) return new TimeoutError(`no answer within ${this.#timeMs} ms`, { cause: error });
    return new ConnectionError('the server cannot be reached, or its answer cannot be read', { cause: error });
  }

  readonly #end = (): void => this.#controller.abort();
}

/** How long to wait before the next try; undefined: it would be of no use. */
export function delayBefore(error: unknown, retry: number): number | undefined {
  const isBusy = error instanceof ApiError && (error.status === 429 || error.status === 503);
  if (!isBusy && !(error instanceof ConnectionError)) return undefined;
  const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
  if (asked !== undefined) return asked > maxRetryAfterMs ? undefined : asked;
  // Anything up to the bound, so that clients that failed together do not come back together.
  return Math.random() * Math.min(firstDelayMs * 2 ** retry, maxDelayMs);
}

export class Transport {
  readonly #options: TransportOptions;
  readonly #base: string;
  readonly #authorization: string;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#authorization = bearerOf(options.apiKey);
    this.#base = apiBase(options.baseUrl);
  }

  /** The parsed JSON of a success, or undefined where there is no body. Throws a SignpostError. */
  async json<T>(call: Call): Promise<T> {
    const read = async (response: Response): Promise<T> =>
      (response.status === 204 ? undefined : await response.json()) as T;
    return this.#run(call, (request) => this.#whole(call, request, read));
  }

  /** The `data` of a success. */
  async data<T>(call: Call): Promise<T> {
    const answer = await this.json<{ data: T } | undefined>(call);
    return answer?.data as T;
  }

  /** The bytes of a success. */
  async bytes(call: Call): Promise<Uint8Array> {
    const read = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());
    return this.#run(call, (request) => this.#whole(call, request, read));
  }

  /** The body of a success, as it comes. Throws a SignpostError, in the middle of the body, too. */
  async stream(call: Call): Promise<ReadableStream<Uint8Array>> {
    const pieces = this.#pieces(await this.#run(call, (request) => this.#open(call, request)));
    return new ReadableStream(
      {
        async pull(controller) {
          const { done, value } = await pieces.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => void (await pieces.return()),
      },
      { highWaterMark: 0 },
    );
  }

  /** The body of a success, line by line as it comes. Only what ends with a line break is a line. */
  async *lines(call: Call): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const piece of this.#pieces(await this.#run(call, (request) => this.#open(call, request)))) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }

  /** Tries until one of them succeeds, or another one would be of no use. */
  async #run<T>(call: Call, attempt: (request: PreparedRequest) => Promise<T>): Promise<T> {
    const { signal, maxRetries = this.#options.maxRetries ?? defaultMaxRetries } = call.options ?? {};
    // What cannot be sent is the caller's mistake, and no try.
    const request = this.#prepare(call);
    let isAnswerLost = false;
    for (let retry = 0; ; retry++) {
      try {
        return await attempt(request);
      } catch (error) {
        // Deleted by the try whose answer did not come.
        const isGone = isAnswerLost && error instanceof ApiError && error.status === 404;
        if (isGone && call.method === 'DELETE') return undefined as T;
        const delayMs = retry < maxRetries ? delayBefore(error, retry) : undefined;
        if (delayMs === undefined) throw error;
        isAnswerLost ||= error instanceof ConnectionError;
        await pause(delayMs, signal);
      }
    }
  }

  async #whole<T>(call: Call, request: PreparedRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const ending = this.#endingOf(call);
    try {
      return await ending.within(this.#send(request, ending.signal).then(read));
    } catch (error) {
      throw ending.failureOf(error);
    } finally {
      ending.close();
    }
  }

  async #open(call: Call, request: PreparedRequest): Promise<OpenAnswer> {
    const ending = this.#endingOf(call);
    try {
      const { body } = await ending.within(this.#send(request, ending.signal));
      if (body === null) throw new ConnectionError('the answer has no body');
      return { body, ending };
    } catch (error) {
      ending.close();
      throw ending.failureOf(error);
    }
  }

  async *#pieces({ body, ending }: OpenAnswer): AsyncGenerator<Uint8Array, void, undefined> {
    // Not `for await`: not every platform can loop over a body.
    const reader = body.getReader();
    try {
      for (;;) {
        // Only the server's time is limited, not that of whoever takes the pieces.
        const { done, value } = await ending.within(reader.read());
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw ending.failureOf(error);
    } finally {
      ending.close();
      await reader.cancel().catch(() => {});
    }
  }

  #endingOf({ options }: Call): Ending {
    options?.signal?.throwIfAborted();
    const timeoutMs = options?.timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs;
    if (!(timeoutMs > 0)) throw new RangeError('timeoutMs must be more than 0');
    return new Ending(timeoutMs, options?.signal);
  }

  /** Throws a TypeError for what JSON or a header cannot hold. */
  #prepare({ method, path, query, body, accept = 'application/json', headers: own, options }: Call): PreparedRequest {
    const headers = new Headers({ Authorization: this.#authorization, Accept: accept, ...own });
    if (body !== undefined) headers.set('Content-Type', 'application/json');
    // One for all tries: that is what makes them one.
    if (method === 'POST') headers.set('Idempotency-Key', options?.idempotencyKey ?? randomKey());
    const init = {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // The API does not redirect; what does is something else, and must not see the key. Not `error`: edge workers refuse that.
      redirect: 'manual',
    } as const;
    return { url: `${this.#base}${path}${queryText(query)}`, init };
  }

  /** Throws an ApiError, or what fetch throws. */
  async #send({ url, init }: PreparedRequest, signal: AbortSignal): Promise<Response> {
    // Not as a method of the options: a browser's fetch wants to be called on its own.
    const send = this.#options.fetch ?? fetch;
    const response = await send(url, { ...init, signal });
    // Browsers do not tell the status.
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel();
      throw new SignpostError('the server redirects, which its API never does: is baseUrl its address?');
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  }
}
