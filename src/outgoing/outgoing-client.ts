// The one client for requests that we send ourselves. Public addresses or what the operator lists, checked where the connection is
// made; no redirect is followed, no proxy of the environment used; time and size have bounds; failures say nothing of our network.

import type { Dispatcher } from 'undici';
import { AllowList, urlFault } from './address-rules.ts';
import { type Connect, type Resolve, systemConnect } from './connect.ts';
import type { Connections, Line } from './connections.ts';
import { GuardedConnector, NotConnected } from './guarded-connector.ts';
import { NameLookup } from './name-lookup.ts';

interface OutgoingClientOptions {
  /** Host names, addresses and networks that may be reached although they are not public, also without encryption. */
  readonly allow: readonly string[];
  readonly resolve?: Resolve;
  readonly connect?: Connect;
  /** From the first look-up to the last byte of the answer. */
  readonly timeoutMs?: number;
}

export interface OutgoingRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Of the answer; a longer one is cut there, and its connection ended. */
  readonly maxBytes: number;
}

export interface OutgoingAnswer {
  readonly status: number;
  /** By their names in small letters; of those that were sent several times, the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** False where the answer was longer than was to be read. */
  readonly isWhole: boolean;
  readonly durationMs: number;
}

/**
 * `unreachable`: no connection, for whatever reason: a name that does not exist, an address that may not be reached and one that
 * does not answer look alike, or a stranger could explore our network. The others come from whoever was reached.
 */
export type OutgoingFault = 'unreachable' | 'certificate' | 'timeout' | 'broken';

const messages: Readonly<Record<OutgoingFault, string>> = {
  unreachable: 'it could not be reached',
  certificate: 'its certificate is not valid',
  timeout: 'it did not answer in time',
  broken: 'it ended the connection without a whole answer',
};

/** No answer. The message continues "the receiver …" in plain words, and is all that may be shown. */
export class OutgoingError extends Error {
  readonly fault: OutgoingFault;
  readonly durationMs: number;

  constructor(fault: OutgoingFault, durationMs: number, options?: ErrorOptions) {
    super(messages[fault], options);
    this.name = 'OutgoingError';
    this.fault = fault;
    this.durationMs = durationMs;
  }
}

const defaultTimeoutMs = 10_000;

export class OutgoingClient {
  readonly timeoutMs: number;
  readonly #allow: AllowList;
  readonly #names: NameLookup;
  readonly #connector: GuardedConnector;
  #connections: Promise<Connections> | undefined;

  constructor({ allow, resolve, connect = systemConnect, timeoutMs = defaultTimeoutMs }: OutgoingClientOptions) {
    this.timeoutMs = timeoutMs;
    const list = new AllowList(allow);
    this.#allow = list;
    this.#names = new NameLookup({ isListed: (host) => list.hasHost(host) });
    this.#connector = new GuardedConnector({
      allow: list,
      resolve: resolve ?? ((host) => this.#names.resolve(host)),
      connect,
    });
  }

  /** What is wrong with a URL, before anything is sent there: "must begin with https://"; undefined: nothing that it shows. */
  urlFault(url: URL): string | undefined {
    return urlFault(this.#allow, url);
  }

  /** The answer, whatever its status. Throws an OutgoingError when there is none. */
  async send(request: OutgoingRequest): Promise<OutgoingAnswer> {
    if (this.urlFault(request.url) !== undefined) throw new OutgoingError('unreachable', 0);
    this.#connections ??= loadConnections(this.#connector);
    const connections = await this.#connections;
    const start = performance.now();
    const attempt = new Attempt(request, connections);
    const timer = setTimeout(() => attempt.timeOut(), this.timeoutMs);
    try {
      return { ...(await attempt.answer()), durationMs: performance.now() - start };
    } catch (cause) {
      throw new OutgoingError(attempt.faultOf(cause), performance.now() - start, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends every look-up and connection; requests that are under way fail. */
  close(): void {
    this.#names.close();
    void this.#connections?.then((connections) => connections.close());
  }
}

async function loadConnections(connector: GuardedConnector): Promise<Connections> {
  const { Connections } = await import('./connections.ts');
  return new Connections(connector);
}

const certificateCodes = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH)/;
/** Of a connection that the other side ended. */
const endedCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

type Answer = Omit<OutgoingAnswer, 'durationMs'>;

/** One request, and what became of it. */
class Attempt {
  readonly #request: OutgoingRequest;
  readonly #connections: Connections;
  #isConnected = false;
  /** The connection had been kept from an earlier request. */
  #isReused = false;
  #hasAnswered = false;
  #isTimedOut = false;
  #giveUp: ((error: Error) => void) | undefined;

  constructor(request: OutgoingRequest, connections: Connections) {
    this.#request = request;
    this.#connections = connections;
  }

  async answer(): Promise<Answer> {
    const { origin } = this.#request.url;
    try {
      return await this.#run(this.#connections.take(origin));
    } catch (error) {
      if (!this.#wasStale(error)) throw error;
    }
    return this.#run(this.#connections.open(origin));
  }

  timeOut(): void {
    this.#isTimedOut = true;
    // Said at once: while a connection is still being made, the request itself would say it only afterwards.
    this.#giveUp?.(new Error('timeout'));
  }

  faultOf(error: unknown): OutgoingFault {
    if (error instanceof NotConnected || !this.#isConnected) return 'unreachable';
    if (this.#isTimedOut) return 'timeout';
    return certificateCodes.test(codeOf(error)) ? 'certificate' : 'broken';
  }

  /** The other side closed a connection that had been idle, just as we used it: that says nothing of this request. */
  #wasStale(error: unknown): boolean {
    return this.#isReused && !this.#hasAnswered && !this.#isTimedOut && endedCodes.has(codeOf(error));
  }

  async #run(line: Line): Promise<Answer> {
    let isReusable = false;
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        this.#giveUp = reject;
        const { url, method, headers, body } = this.#request;
        const options = { path: `${url.pathname}${url.search}`, method, headers: headers ?? {}, body: body ?? null };
        line.send(options, this.#handler(line, resolve, reject));
      });
      isReusable = answer.isWhole;
      return answer;
    } finally {
      if (isReusable) line.keep();
      else line.end();
    }
  }

  #handler(line: Line, resolve: (answer: Answer) => void, reject: (error: Error) => void): Dispatcher.DispatchHandler {
    const { maxBytes } = this.#request;
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let headers: Answer['headers'] = {};
    const finish = (isWhole: boolean): void =>
      resolve({ status, headers, body: Buffer.concat(chunks).subarray(0, maxBytes), isWhole });
    return {
      onRequestStart: () => {
        this.#isConnected = true;
        this.#isReused = line.isUsed;
      },
      onResponseStart: (_, statusCode, received) => {
        // Early hints come here first, and what is the answer takes their place.
        this.#hasAnswered = true;
        status = statusCode;
        headers = firstOfEach(received);
      },
      onResponseData: (_, chunk) => {
        if (size > maxBytes) return;
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) finish(false);
      },
      onResponseEnd: () => finish(true),
      onResponseError: (_, error) => reject(error),
    };
  }
}

function firstOfEach(headers: Readonly<Record<string, string | string[] | undefined>>): Answer['headers'] {
  const entries = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]);
  return Object.fromEntries(entries) as Answer['headers'];
}
