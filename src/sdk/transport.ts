// One call of the API over fetch: the key, the timeout, the tries. A try is repeated only where repeating is safe, which an
// Idempotency-Key on every POST makes it.

import type { ErrorAnswer } from './api-types.ts';
import { ApiError, ConnectionError, type ErrorCode, TimeoutError } from './errors.ts';

type Fetch = typeof fetch;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What every call takes as its last argument. */
export interface CallOptions {
  /** Ends the call; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** For one try, its body included. */
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
  readonly options?: CallOptions | undefined;
}

const defaultTimeoutMs = 30_000;
const defaultMaxRetries = 3;
const firstDelayMs = 250;
const maxDelayMs = 8_000;
/** A server that asks for a longer wait than this is believed, and the call fails at once. */
const maxRetryAfterMs = 60_000;

/** A part of a path, never the way to another route. */
export function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') throw new TypeError(`${JSON.stringify(value)} is no id`);
  return encodeURIComponent(value);
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

/** Seconds, or an HTTP date. */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
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
function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
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

/** How long to wait before the next try; undefined: it would be of no use. */
function delayBefore(error: unknown, retry: number): number | undefined {
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

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#base = apiBase(options.baseUrl);
  }

  /** The parsed JSON of a success, or undefined where there is no body. Throws a SignpostError. */
  async json<T>(call: Call): Promise<T> {
    return this.#run(call, async (response) => (response.status === 204 ? undefined : await response.json()) as T);
  }

  /** The `data` of a success. */
  async data<T>(call: Call): Promise<T> {
    const answer = await this.json<{ data: T } | undefined>(call);
    return answer?.data as T;
  }

  /** The bytes of a success. */
  async bytes(call: Call): Promise<Uint8Array> {
    return this.#run(call, async (response) => new Uint8Array(await response.arrayBuffer()));
  }

  async #run<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    const { signal, maxRetries = this.#options.maxRetries ?? defaultMaxRetries } = call.options ?? {};
    // One for all tries: that is what makes them one.
    const idempotencyKey = call.method === 'POST' ? (call.options?.idempotencyKey ?? randomKey()) : undefined;
    for (let retry = 0; ; retry++) {
      try {
        return await this.#try(call, idempotencyKey, read);
      } catch (error) {
        const delayMs = retry < maxRetries ? delayBefore(error, retry) : undefined;
        if (delayMs === undefined) throw error;
        await pause(delayMs, signal);
      }
    }
  }

  async #try<T>(
    { method, path, query, body, accept = 'application/json', options = {} }: Call,
    idempotencyKey: string | undefined,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const { signal, timeoutMs = this.#options.timeoutMs ?? defaultTimeoutMs } = options;
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#options.apiKey}`, Accept: accept };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
    try {
      // Not as a method of the options: a browser's fetch wants to be called on its own.
      const send = this.#options.fetch ?? fetch;
      const response = await send(`${this.#base}${path}${queryText(query)}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        // The API does not redirect; what does is something else, and must not see the key.
        redirect: 'error',
      });
      if (!response.ok) throw await errorOf(response);
      return await read(response);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      signal?.throwIfAborted();
      if (timeout.aborted) throw new TimeoutError(`no answer within ${timeoutMs} ms`, { cause: error });
      throw new ConnectionError('the server cannot be reached, or its answer cannot be read', { cause: error });
    }
  }
}
