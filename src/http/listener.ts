// The one listening socket: limits on what may come in, a first look at every request, and a stop that drops nobody.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, IncomingMessage as HttpRequest, ServerResponse as HttpResponse } from '../core/node-http.ts';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { failure, send } from './answer.ts';
import { DirectConnection, type DirectConnectionOptions, type SendOn } from './direct-connection.ts';
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
const lingerMs = 1_000; // for a client to read what it was told, and close

// When stopping: connections that send nothing for this long are closed; one that is in use is told to close by its next answer.
const quietMs = 1_000;
const sweepMs = 100;
/** All connections are closed after this. */
export const drainMs = 8_000;

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE';

/** Answers a request that is not let in, where its path belongs to another API than the native one; false leaves it unanswered. */
export type Refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
  headers: Readonly<Record<string, string>>,
) => boolean;

interface ListenerOptions {
  /** Answers redirects before node:http sees them. */
  readonly sendOn: SendOn;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly refuse: Refuse;
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
  readonly #refuse: Refuse;
  /** Connections that node:http reads. */
  readonly #sockets = new Set<HttpSocket>();
  /** Connections that have sent nothing but requests for redirects. */
  readonly #direct = new Set<DirectConnection>();
  readonly #directOptions: DirectConnectionOptions;
  #isStopping = false;

  constructor({ sendOn, handle, refuse, maxConnections, clock, meter, limits = listenerLimits }: ListenerOptions) {
    this.#handle = handle;
    this.#refuse = refuse;
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
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
        takeUp.call(this.#server, socket);
        // Not unshift(): the client may have sent its last byte already, and then a stream takes nothing back.
        socket.emit('data', bytes);
      },
      refuseSilence: (socket) => answerRaw(socket, ...requestTimeout),
      hangUp,
      closed: (connection) => this.#direct.delete(connection),
    };
    this.#server.on('connection', (socket: Socket) => {
      this.#direct.add(new DirectConnection(socket, this.#directOptions));
    });
    this.#server.on('clientError', this.#onUnreadable);
    // An expectation that we do not know is none that we break; node's own answer would have no body.
    this.#server.on('checkExpectation', this.#onRequest);
    this.#server.on('connect', (_request, socket: Socket) => answerRaw(socket, 405, 'this server is no proxy'));
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
    for (const { _httpMessage: response } of this.#sockets) {
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
    // A client that has sent its last byte may have done so before node:http listened.
    if (this.#isStopping || request.socket.readableEnded) response.shouldKeepAlive = false;
    this.#meter?.begin(request, response);
    const refusal = inspect(request);
    if (refusal === undefined) {
      this.#handle(request, response);
      return;
    }
    response.setHeader('X-Request-Id', nextRequestId());
    const { error, headers } = refusal;
    if (!this.#refuse(request, response, error, headers)) send(response, failure(error, headers));
  };

  readonly #onUnreadable = (error: ParserError, socket: HttpSocket): void => {
    // Told already, and still sending.
    if (socket.writableEnded) return;
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
    const [status, message] = parserAnswers[error.code ?? ''] ?? [400, 'the request is not valid HTTP'];
    if (earlier || !this.#tellInDialect(error, socket, message)) answerRaw(socket, status, message);
  };

  /** A request of which no more can be read than its first line may still be one of another API: X.gd's have all they say in it. */
  #tellInDialect({ rawPacket }: ParserError, socket: HttpSocket, message: string): boolean {
    const request = startOf(rawPacket, socket);
    if (request === undefined) return false;
    const response = new HttpResponse(request);
    response.shouldKeepAlive = false;
    response.setHeader('X-Request-Id', nextRequestId());
    const error = new AppError('VALIDATION_ERROR', message);
    if (!this.#refuse(request, response, error, { Connection: 'close' })) return false;
    response.assignSocket(socket);
    response.once('finish', () => {
      response.detachSocket(socket);
      hangUp(socket);
    });
    return true;
  }
}

interface Refusal {
  readonly error: AppError;
  readonly headers: Readonly<Record<string, string>>;
}

function inspect(request: IncomingMessage): Refusal | undefined {
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
function rewriteAbsolute(request: IncomingMessage, url: string): Refusal | undefined {
  const match = /^https?:\/\/([^/?#]+)(.*)$/i.exec(url);
  if (match?.[1] === undefined || match[1].toLowerCase() !== request.headers.host?.toLowerCase()) {
    return refusal('the request target is not a path on this host');
  }
  const rest = match[2] ?? '';
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  return undefined;
}

function refusal(message: string): Refusal {
  return { error: new AppError('VALIDATION_ERROR', message), headers: { Connection: 'close' } };
}

const requestTimeout = [408, 'the request took too long to arrive'] as const;
const parserAnswers: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, `headers may have ${listenerLimits.headBytes} bytes at most`],
  ERR_HTTP_REQUEST_TIMEOUT: requestTimeout,
};

/** As node keeps it: the response whose turn it is on this connection. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

type ParserError = Error & { readonly code?: string; readonly rawPacket?: Buffer };

/** The request that these bytes begin, as far as its path and host go. */
function startOf(bytes: Buffer | undefined, socket: Socket): IncomingMessage | undefined {
  const head = bytes?.toString('latin1', 0, 2 * listenerLimits.headBytes);
  const [, method, path] = /^([A-Z]+) (\/[^ \r\n]*)/.exec(head ?? '') ?? [];
  if (head === undefined || method === undefined || path === undefined) return undefined;
  const request = new HttpRequest(socket);
  request.method = method;
  request.url = path;
  const host = /\r\nhost:[ \t]*([^\r\n]*)/i.exec(head)?.[1];
  if (host !== undefined) request.headers.host = host;
  return request;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** For connections on which there is no request to respond to. */
function answerRaw(socket: Socket, status: number, message: string): void {
  const body = JSON.stringify(
    failure(new AppError(status === 405 ? 'METHOD_NOT_ALLOWED' : 'VALIDATION_ERROR', message)).body,
  );
  const head = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    ...(status === 405 ? [`Allow: ${allowedMethods}`] : []),
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${nextRequestId()}`,
    'Connection: close',
  ];
  hangUp(socket, `${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Closes gently, so that the client can read what it was told, and cuts off one that stays on regardless. */
function hangUp(socket: Socket, lastWords = ''): void {
  socket.end(lastWords);
  const lingering = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(lingering));
  // After CONNECT the socket is nobody's, and a reset without a listener would end the process.
  socket.on('error', () => socket.destroy());
}
