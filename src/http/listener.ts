// The one listening socket: limits on what may come in, a first look at every request, and a stop that drops nobody.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from '../core/node-http.ts';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { failure } from './answer.ts';
import { DirectConnection, type DirectConnectionOptions, type SendOn } from './direct-connection.ts';
import { nextRequestId } from './request-id.ts';
import type { RequestMeter } from './request-meter.ts';

const headersTimeoutMs = 5_000;
const requestTimeoutMs = 15_000;
const keepAliveTimeoutMs = 65_000; // longer than the 60 s of common proxies, so that it is they who close first
const checkIntervalMs = 1_000;
const maxHeaderBytes = 16 * 1024;
const backlog = 1_024;
const lingerMs = 1_000; // for a client to read what it was told, and close

// When stopping: connections that send nothing for this long are closed; one that is in use is told to close by its next answer.
const quietMs = 1_000;
const sweepMs = 100;
const drainMs = 8_000;

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE';

export type Refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
  headers: Readonly<Record<string, string>>,
) => void;

interface ListenerOptions {
  /** Answers redirects before node:http sees them. */
  readonly sendOn: SendOn;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers a request that is not let in, in the words of whatever API its path belongs to. */
  readonly refuse: Refuse;
  readonly maxConnections: number;
  readonly clock: Clock;
  readonly meter: RequestMeter | undefined;
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

  constructor({ sendOn, handle, refuse, maxConnections, clock, meter }: ListenerOptions) {
    this.#handle = handle;
    this.#refuse = refuse;
    this.#meter = meter;
    this.#server = createServer(
      {
        headersTimeout: headersTimeoutMs,
        requestTimeout: requestTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
        connectionsCheckingInterval: checkIntervalMs,
        maxHeaderSize: maxHeaderBytes,
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
      maxHeadBytes: maxHeaderBytes,
      firstRequestMs: headersTimeoutMs,
      keepAliveMs: keepAliveTimeoutMs,
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
    this.#server.on('clientError', refuseUnreadable);
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
    this.#refuse(request, response, refusal.error, refusal.headers);
  };
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
  HPE_HEADER_OVERFLOW: [431, `headers may have ${maxHeaderBytes} bytes at most`],
  ERR_HTTP_REQUEST_TIMEOUT: requestTimeout,
};

/** As node keeps it: the response whose turn it is on this connection. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

function refuseUnreadable(error: Error & { code?: string }, socket: HttpSocket): void {
  // Told already, and still sending.
  if (socket.writableEnded) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // What came whole before the fault is answered first: a client takes answers in the order of its requests.
  const earlier = socket._httpMessage;
  if (earlier?.req.complete === true) {
    earlier.once('close', () => refuseUnreadable(error, socket));
    return;
  }
  // Answered already, while its body was still arriving.
  if (earlier?.headersSent === true) {
    hangUp(socket);
    return;
  }
  const [status, message] = parserAnswers[error.code ?? ''] ?? [400, 'the request is not valid HTTP'];
  answerRaw(socket, status, message);
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
