// The one listening socket: limits on what may come in, a first look at every request, and a stop that drops nobody.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from '../core/node-http.ts';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { type Answer, failure, send } from './answer.ts';
import { DirectConnection, type DirectConnectionOptions, type SendOn } from './direct-connection.ts';
import { answerRaw, hangUp, startOf } from './raw-answer.ts';
import { nextRequestId } from './request-id.ts';
import type { RequestMeter } from './request-meter.ts';

/** What a client may take, and how much it may send before its body. */
export const listenerLimits = {
  /** For a request's head to arrive, the first one's from the connection on. */
  headersMs: 5_000,
  /** For all of a request to arrive. */
  requestMs: 15_000,
  /** Between requests. Longer than the 60 s of common proxies, so that it is they who close first. */
  keepAliveMs: 65_000,
  /** How often node:http looks for requests that take too long. */
  checkEveryMs: 1_000,
  headBytes: 16 * 1024,
} as const;
export type ListenerLimits = { readonly [Name in keyof typeof listenerLimits]: number };

const backlog = 1_024;

// When stopping: connections that send nothing for this long are closed; one that is in use is told to close by its next answer.
const quietMs = 1_000;
const sweepMs = 100;
/** All connections are closed after this. */
export const drainMs = 8_000;

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Of a head that cannot be read: enough to hold its host, too. */
const maxStartBytes = 2 * listenerLimits.headBytes;
const emptyLine = '\r\n\r\n';
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE';

/** An error in the words of the API that a request's path belongs to, where that is another than the native one; otherwise undefined. */
export type Refusal = (
  request: IncomingMessage,
  error: AppError,
  headers: Readonly<Record<string, string>>,
) => Promise<Answer> | undefined;

interface ListenerOptions {
  /** Answers redirects before node:http sees them. */
  readonly sendOn: SendOn;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly refusal: Refusal;
  readonly maxConnections: number;
  readonly clock: Clock;
  readonly meter: RequestMeter | undefined;
  /** Others than those of every server. */
  readonly limits?: ListenerLimits;
}

export class Listener {
  readonly #server: Server;
  readonly #handle: ListenerOptions['handle'];
  readonly #meter: RequestMeter | undefined;
  readonly #refusal: Refusal;
  /** Connections that node:http reads, each with what a request that cannot be read may belong to. */
  readonly #sockets = new Map<HttpSocket, Heard>();
  /** Connections whose client is being told that it cannot be understood. */
  readonly #told = new WeakSet<HttpSocket>();
  /** Connections that have sent nothing but requests for redirects. */
  readonly #direct = new Set<DirectConnection>();
  readonly #directOptions: DirectConnectionOptions;
  #isStopping = false;

  constructor({ sendOn, handle, refusal, maxConnections, clock, meter, limits = listenerLimits }: ListenerOptions) {
    this.#handle = handle;
    this.#refusal = refusal;
    this.#meter = meter;
    this.#server = createServer(
      {
        headersTimeout: limits.headersMs,
        requestTimeout: limits.requestMs,
        keepAliveTimeout: limits.keepAliveMs,
        connectionsCheckingInterval: limits.checkEveryMs,
        maxHeaderSize: limits.headBytes,
        // Checked here, for an answer in the API's shape.
        requireHostHeader: false,
        noDelay: true,
      },
      this.#onRequest,
    );
    this.#server.maxConnections = maxConnections;
    // node:http takes up a connection in a listener of its own, which is called later here: when it is node:http's turn.
    const [takeUp] = this.#server.listeners('connection') as [(socket: Socket) => void];
    this.#server.removeAllListeners('connection');
    this.#directOptions = {
      sendOn,
      clock,
      meter,
      maxHeadBytes: limits.headBytes,
      firstRequestMs: limits.headersMs,
      keepAliveMs: limits.keepAliveMs,
      isStopping: () => this.#isStopping,
      handOver: (socket, bytes) => {
        this.#sockets.set(socket, bytes);
        socket.once('close', () => this.#sockets.delete(socket));
        takeUp.call(this.#server, socket);
        // Not unshift(): the client may have sent its last byte already, and then a stream takes nothing back.
        socket.emit('data', bytes);
      },
      refuseSilence: (socket) => answerRaw(socket, unreadable(requestTimeout)),
      hangUp,
      closed: (connection) => this.#direct.delete(connection),
    };
    this.#server.on('connection', (socket: Socket) => {
      this.#direct.add(new DirectConnection(socket, this.#directOptions));
    });
    this.#server.on('clientError', this.#onUnreadable);
    // An expectation that we do not know is none that we break; node's own answer would have no body.
    this.#server.on('checkExpectation', this.#onRequest);
    this.#server.on('connect', (_request, socket: Socket) =>
      answerRaw(socket, methodFailure('this server is no proxy')),
    );
  }

  /** Resolves when connections are accepted; rejects when the address cannot be used. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog }, () => {
        this.#server.removeListener('error', reject);
        resolve();
      });
    });
    return this.#server.address() as AddressInfo;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#direct.size + this.#sockets.size;
  }

  /** Accepts no more connections, answers what comes on the open ones, and resolves when all are closed, after 8 s at the latest. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // Answers that are still to come say so, too.
    for (const { _httpMessage: response } of this.#sockets.keys()) {
      if (response?.headersSent === false) response.shouldKeepAlive = false;
    }
    // http's own close() would cut keep-alive connections at once, and with them requests that are on their way.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    let sweeping: NodeJS.Timeout | undefined;
    const quiet = setTimeout(() => {
      sweeping = setInterval(() => {
        for (const connection of this.#direct) connection.closeIfIdle();
        this.#server.closeIdleConnections();
      }, sweepMs);
    }, quietMs);
    const deadline = setTimeout(() => {
      for (const connection of this.#direct) connection.destroy();
      this.#server.closeAllConnections();
    }, drainMs);
    await closed;
    clearTimeout(quiet);
    clearInterval(sweeping);
    clearTimeout(deadline);
    this.#server.closeAllConnections();
    // Its own close() also ends the timer that watches for slow requests; it only complains that the socket is closed already.
    this.#server.close();
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    // A client that has sent its last byte may have done so before node:http listened.
    if (this.#isStopping || socket.readableEnded) response.shouldKeepAlive = false;
    if (this.#sockets.has(socket)) this.#sockets.set(socket, request);
    this.#meter?.begin(request, response);
    const refusal = inspect(request);
    if (refusal === undefined) {
      this.#handle(request, response);
      return;
    }
    response.setHeader('X-Request-Id', nextRequestId());
    const { error, headers } = refusal;
    const told = this.#refusal(request, error, headers);
    if (told === undefined) send(response, failure(error, headers));
    else
      told.then(
        (answer) => send(response, answer),
        () => response.destroy(),
      );
  };

  readonly #onUnreadable = (error: ParserError, socket: HttpSocket): void => {
    // Told already, and still sending.
    if (socket.writableEnded || this.#told.has(socket)) return;
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    // What came whole before the fault is answered first: a client takes answers in the order of its requests.
    const earlier = socket._httpMessage;
    if (earlier?.req.complete === true) {
      earlier.once('close', () => this.#onUnreadable(error, socket));
      return;
    }
    // Answered already, while its body was still arriving.
    if (earlier?.headersSent === true) {
      hangUp(socket);
      return;
    }
    this.#told.add(socket);
    const fault = parserAnswers[error.code ?? ''] ?? notHttp;
    // Its body is at fault, or else its head.
    const request = earlier?.req ?? this.#unreadHead(error, socket);
    const told = request && this.#refusal(request, new AppError('VALIDATION_ERROR', fault.message), {});
    void this.#endWith(socket, told ?? unreadable(fault));
  };

  async #endWith(socket: Socket, answer: Answer | Promise<Answer>): Promise<void> {
    try {
      answerRaw(socket, await answer);
    } catch {
      socket.destroy();
    }
  }

  /**
   * A request of which no more can be read than its first line may still be one of another API: X.gd's have all they say in it. Of a head
   * that came in pieces the last one is left; then it is taken for one like what the connection began with, or the request before it.
   */
  #unreadHead({ rawPacket, bytesParsed = 0 }: ParserError, socket: HttpSocket): IncomingMessage | undefined {
    // Behind other requests that came with it, whose last line is an empty one.
    const before =
      bytesParsed < emptyLine.length + 1 ? -1 : rawPacket?.lastIndexOf(emptyLine, bytesParsed - emptyLine.length - 1);
    const own = before === undefined || before === -1 ? undefined : rawPacket?.subarray(before + emptyLine.length);
    const start = startOf(own, socket, maxStartBytes) ?? startOf(rawPacket, socket, maxStartBytes);
    if (start !== undefined) return start;
    const heard = this.#sockets.get(socket);
    return Buffer.isBuffer(heard) ? startOf(heard, socket, maxStartBytes) : heard;
  }
}

interface Fault {
  readonly error: AppError;
  readonly headers: Readonly<Record<string, string>>;
}

function inspect(request: IncomingMessage): Fault | undefined {
  const { rawHeaders, method = '' } = request;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts !== 1) return refusal(hosts === 0 ? 'a Host header is required' : 'there is more than one Host header');
  if (!knownMethods.has(method)) {
    return {
      error: new AppError('METHOD_NOT_ALLOWED', 'this method is not supported'),
      headers: { Allow: allowedMethods },
    };
  }
  const { url = '' } = request;
  return url.charCodeAt(0) === 0x2f ? undefined : rewriteAbsolute(request, url);
}

/** A proxy's absolute-form is fine when it names the host it is sent to. */
function rewriteAbsolute(request: IncomingMessage, url: string): Fault | undefined {
  const match = /^https?:\/\/([^/?#]+)(.*)$/i.exec(url);
  if (match?.[1] === undefined || match[1].toLowerCase() !== request.headers.host?.toLowerCase()) {
    return refusal('the request target is not a path on this host');
  }
  const rest = match[2] ?? '';
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  return undefined;
}

function refusal(message: string): Fault {
  return { error: new AppError('VALIDATION_ERROR', message), headers: { Connection: 'close' } };
}

interface UnreadableRequest {
  readonly status: number;
  readonly message: string;
}

const requestTimeout: UnreadableRequest = { status: 408, message: 'the request took too long to arrive' };
const notHttp: UnreadableRequest = { status: 400, message: 'the request is not valid HTTP' };
const parserAnswers: Readonly<Record<string, UnreadableRequest>> = {
  HPE_HEADER_OVERFLOW: { status: 431, message: `headers may have ${listenerLimits.headBytes} bytes at most` },
  ERR_HTTP_REQUEST_TIMEOUT: requestTimeout,
};

function unreadable({ status, message }: UnreadableRequest): Answer {
  return { ...failure(new AppError('VALIDATION_ERROR', message)), status };
}

function methodFailure(message: string): Answer {
  return failure(new AppError('METHOD_NOT_ALLOWED', message), { Allow: allowedMethods });
}

/** As node keeps it: the response whose turn it is on this connection. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

type ParserError = Error & { readonly code?: string; readonly rawPacket?: Buffer; readonly bytesParsed?: number };

/** The first bytes, and later the latest request that could be read. */
type Heard = Buffer | IncomingMessage;
