// The one client for requests that we send ourselves. Public addresses or what the operator lists, checked where the connection is
// made; no redirect is followed, no proxy of the environment used; time and size have bounds; failures say nothing of our network.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpRequest } from '../core/node-http.ts';
import { AllowList, hostOf, type Scheme, urlFault } from './address-rules.ts';
import { type Connect, type Resolve, systemConnect } from './connect.ts';
import { GuardedAgent, NotConnected } from './guarded-agent.ts';
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
  readonly headers: IncomingHttpHeaders;
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
  readonly #agents: Readonly<Record<Scheme, GuardedAgent>>;

  constructor({ allow, resolve, connect = systemConnect, timeoutMs = defaultTimeoutMs }: OutgoingClientOptions) {
    this.timeoutMs = timeoutMs;
    const list = new AllowList(allow);
    this.#allow = list;
    this.#names = new NameLookup({ isListed: (host) => list.hasHost(host) });
    const options = { allow: list, resolve: resolve ?? ((host: string) => this.#names.resolve(host)), connect };
    const agent = (scheme: Scheme): GuardedAgent => new GuardedAgent({ scheme, ...options });
    this.#agents = { 'http:': agent('http:'), 'https:': agent('https:') };
  }

  /** What is wrong with a URL, before anything is sent there: "must begin with https://"; undefined: nothing that it shows. */
  urlFault(url: URL): string | undefined {
    return urlFault(this.#allow, url);
  }

  /** The answer, whatever its status. Throws an OutgoingError when there is none. */
  async send(request: OutgoingRequest): Promise<OutgoingAnswer> {
    const start = performance.now();
    if (this.urlFault(request.url) !== undefined) throw new OutgoingError('unreachable', 0);
    const attempt = new Attempt(request, this.#agents[request.url.protocol as Scheme]);
    const timer = setTimeout(() => attempt.end('timeout'), this.timeoutMs);
    try {
      for (;;) {
        try {
          return { ...(await attempt.run()), durationMs: performance.now() - start };
        } catch (error) {
          // The other side closed a connection that had been idle, just as we used it: that says nothing of this request.
          if (!attempt.wasStale(error)) throw error;
        }
      }
    } catch (cause) {
      throw new OutgoingError(attempt.faultOf(cause), performance.now() - start, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends every look-up and connection; requests that are under way fail. */
  close(): void {
    this.#names.close();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}

const certificateCodes = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH)/;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** One request, and what became of it. */
class Attempt {
  readonly #request: OutgoingRequest;
  readonly #agent: GuardedAgent;
  #sent: ReturnType<typeof httpRequest> | undefined;
  #isConnected = false;
  #hasAnswered = false;
  #isRepeated = false;
  #ended: 'timeout' | undefined;
  #giveUp: ((error: Error) => void) | undefined;

  constructor(request: OutgoingRequest, agent: GuardedAgent) {
    this.#request = request;
    this.#agent = agent;
  }

  run(): Promise<Omit<OutgoingAnswer, 'durationMs'>> {
    const { url, method, headers = {}, body } = this.#request;
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      const sent = httpRequest({
        agent: this.#agent,
        protocol: url.protocol,
        host: hostOf(url),
        ...(url.port === '' ? {} : { port: Number(url.port) }),
        path: `${url.pathname}${url.search}`,
        method,
        headers: {
          ...headers,
          Host: url.host,
          ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
        },
      });
      this.#sent = sent;
      sent.on('error', reject);
      sent.on('socket', () => (this.#isConnected = true));
      sent.on('response', (response) => {
        this.#hasAnswered = true;
        this.#read(response).then(resolve, reject);
      });
      // Not an answer to what was asked; without a listener the connection would be left open.
      sent.on('upgrade', (_, socket) => {
        socket.destroy();
        reject(new Error('upgrade'));
      });
      sent.end(body);
    });
  }

  end(reason: 'timeout'): void {
    this.#ended = reason;
    this.#sent?.destroy();
    // Said at once: while a connection is still being made, the request itself would say it only afterwards.
    this.#giveUp?.(new Error(reason));
  }

  /** True once at most: then `run` may be called again. */
  wasStale(error: unknown): boolean {
    if (this.#ended !== undefined || this.#hasAnswered || this.#isRepeated) return false;
    this.#isRepeated = true;
    return this.#sent?.reusedSocket === true && ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
  }

  faultOf(error: unknown): OutgoingFault {
    if (error instanceof NotConnected || !this.#isConnected) return 'unreachable';
    if (this.#ended === 'timeout') return 'timeout';
    return certificateCodes.test(codeOf(error)) ? 'certificate' : 'broken';
  }

  #read(response: IncomingMessage): Promise<Omit<OutgoingAnswer, 'durationMs'>> {
    const { maxBytes } = this.#request;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (isWhole: boolean): void => {
        const body = Buffer.concat(chunks).subarray(0, maxBytes);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, isWhole });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= maxBytes) return;
        finish(false);
        response.destroy();
      });
      response.on('end', () => finish(true));
      response.on('error', reject);
      response.on('close', () => reject(new Error('closed')));
    });
  }
}
