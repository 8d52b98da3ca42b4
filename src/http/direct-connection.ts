// One connection before node:http: redirects are answered straight on the socket, which costs half as much. At the first request
// that gets anything else, the connection with all its unanswered bytes becomes node:http's for good.

import type { Socket } from 'node:net';
import type { HitListener, Outcome } from '../clicks/recorder.ts';
import type { Clock } from '../core/clock.ts';
import type { PlainRedirect, RedirectRequest } from './redirect.ts';
import { readRequestHead, type RequestHead } from './request-head.ts';
import type { RedirectMeter } from './request-meter.ts';
import { nextRequestId } from './request-id.ts';

/** Bytes that may wait behind a request whose answer is not sent yet; past them the client is not read from. */
const maxAheadBytes = 64 * 1024;
const nothing = Buffer.alloc(0);

/**
 * Records the visit of somebody who is simply sent on, and tells the listener when the hit is stored. Undefined, with nothing
 * recorded, when the request gets anything else.
 */
export type SendOn = (request: RedirectRequest, listener: HitListener) => PlainRedirect | undefined;

export interface DirectConnectionOptions {
  readonly sendOn: SendOn;
  readonly clock: Clock;
  /** undefined: nobody asks how many there are, nor how long they take. */
  readonly meter: RedirectMeter | undefined;
  readonly maxHeadBytes: number;
  /** For the first request to arrive. */
  readonly firstRequestMs: number;
  /** Between requests. */
  readonly keepAliveMs: number;
  /** Whether every answer is to be its connection's last. */
  readonly isStopping: () => boolean;
  /** Takes over a socket on which nothing listens any more; the bytes come first. */
  readonly handOver: (socket: Socket, bytes: Buffer) => void;
  /** The client sent no request in time. */
  readonly refuseSilence: (socket: Socket) => void;
  /** Ends the connection after these last words. */
  readonly hangUp: (socket: Socket, lastWords: string) => void;
  readonly closed: (connection: DirectConnection) => void;
}

// As in every answer of node:http.
class DateLine {
  #second = -1;
  #line = '';

  at(now: number): string {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#line = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
    }
    return this.#line;
  }
}
const dateLine = new DateLine();

const reasons = { 301: 'Moved Permanently', 302: 'Found', 307: 'Temporary Redirect', 308: 'Permanent Redirect' };

/** The same headers as `sendRedirect` sends. */
function redirectText({ status, location }: PlainRedirect, requestId: string, now: number, ending: string): string {
  return (
    `HTTP/1.1 ${status} ${reasons[status]}\r\nLocation: ${location}\r\nCache-Control: private, no-store\r\n` +
    'X-Robots-Tag: noindex\r\nReferrer-Policy: no-referrer-when-downgrade\r\n' +
    `X-Request-Id: ${requestId}\r\nContent-Length: 0\r\n${dateLine.at(now)}${ending}\r\n\r\n`
  );
}

export class DirectConnection implements HitListener {
  readonly #socket: Socket;
  readonly #options: DirectConnectionOptions;
  readonly #keepAliveLines: string;
  /** Everything not yet answered, from the first byte of the request that is being answered. */
  #bytes: Buffer = nothing;
  #request: RequestHead | undefined;
  /** When it was read, as the meter tells time; 0 without one. */
  #startedAt = 0;
  #redirect: PlainRedirect | undefined;
  /** What the recorder said before `sendOn` returned. */
  #early: Outcome | undefined;
  #hasAnswered = false;
  /** The client has sent its last byte. */
  #hasEnded = false;
  #isReading = false;
  #isFull = false;

  constructor(socket: Socket, options: DirectConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#keepAliveLines = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(options.keepAliveMs / 1000)}`;
    socket.setTimeout(options.firstRequestMs);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('timeout', this.#onTimeout);
    socket.on('drain', this.#onDrain);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** Ends the connection unless an answer is on its way. */
  closeIfIdle(): void {
    if (this.#request === undefined) this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  settled(outcome: Outcome): void {
    if (this.#redirect === undefined) {
      this.#early = outcome;
      return;
    }
    this.#finish(outcome);
    this.#advance();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#advance();
    if (this.#bytes.length > maxAheadBytes && (this.#request !== undefined || this.#isFull)) this.#socket.pause();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    if (this.#request === undefined) this.#socket.end();
  };

  readonly #onTimeout = (): void => {
    // The disk is slow, not the client.
    if (this.#request !== undefined) return;
    if (this.#hasAnswered) this.#socket.destroy();
    else {
      this.#letGo();
      this.#options.refuseSilence(this.#socket);
    }
  };

  readonly #onDrain = (): void => {
    this.#isFull = false;
    this.#advance();
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#options.closed(this);
  };

  /** Takes up one request after the other until one has to wait, for its commit or for the client to read. */
  #advance(): void {
    // An answer may be there at once; then the loop below goes on, not another one inside it.
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#request === undefined && this.#bytes.length > 0 && !this.#isFull && !this.#socket.destroyed) {
      this.#takeUp();
    }
    this.#isReading = false;
  }

  #takeUp(): void {
    const request = readRequestHead(this.#bytes, this.#options.maxHeadBytes);
    let redirect: PlainRedirect | undefined;
    if (request !== undefined) {
      this.#request = request;
      if (this.#options.meter !== undefined) this.#startedAt = this.#options.meter.now();
      this.#early = undefined;
      const { method, url, headers } = request;
      try {
        redirect = this.#options.sendOn({ method, url, headers, socket: this.#socket }, this);
      } catch {
        // A failing read, for instance. It fails again in node:http's hands, which has a page for it and logs it.
      }
    }
    if (redirect === undefined) {
      this.#handOver();
      return;
    }
    this.#redirect = redirect;
    if (this.#early !== undefined) this.#finish(this.#early);
  }

  #finish(outcome: Outcome): void {
    const request = this.#request as RequestHead;
    const redirect = this.#redirect as PlainRedirect;
    this.#redirect = undefined;
    if (outcome === 'refused' || (outcome === 'unrecorded' && redirect.isLimited)) {
      // Nobody was sent on and nothing recorded: node:http takes the request up anew, and has the page that says why not.
      this.#handOver();
      return;
    }
    this.#request = undefined;
    const socket = this.#socket;
    if (socket.destroyed) return;
    const requestId = nextRequestId();
    this.#options.meter?.redirected(request.method, redirect.status, this.#startedAt, requestId);
    this.#bytes = this.#bytes.length === request.length ? nothing : this.#bytes.subarray(request.length);
    const now = this.#options.clock.now();
    if (request.isLast || this.#options.isStopping() || (this.#hasEnded && this.#bytes.length === 0)) {
      this.#letGo();
      this.#options.hangUp(socket, redirectText(redirect, requestId, now, 'Connection: close'));
      return;
    }
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      socket.setTimeout(this.#options.keepAliveMs);
    }
    this.#isFull = !socket.write(redirectText(redirect, requestId, now, this.#keepAliveLines), 'latin1');
    if (socket.isPaused()) socket.resume();
  }

  #handOver(): void {
    if (this.#socket.destroyed) return;
    const bytes = this.#bytes;
    this.#letGo();
    this.#options.handOver(this.#socket, bytes);
  }

  /** Nothing of the connection is ours from here on. */
  #letGo(): void {
    const socket = this.#socket;
    this.#bytes = nothing;
    socket.setTimeout(0);
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('timeout', this.#onTimeout);
    socket.off('drain', this.#onDrain);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    this.#options.closed(this);
  }
}
