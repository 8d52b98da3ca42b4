// Bytes to a server as they stand, and the answers that come back: for requests that no HTTP client would send.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/** One connection whose answers are read in order. Not for chunked answers: this server sends none. */
export class RawConnection {
  readonly socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    // A byte a character, as Content-Length counts.
    socket.setEncoding('latin1').on('data', (text: string) => (this.#received += text));
    // Shows as an answer that does not come; also after the last one, when nobody waits any more.
    socket.on('error', () => {});
  }

  /** @param allowHalfOpen stay when the server closes its side */
  static async to(port: number, { allowHalfOpen = false } = {}): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes, 'latin1');
  }

  /** The next answer; undefined when the connection ends without one. */
  async answer(): Promise<RawAnswer | undefined> {
    for (;;) {
      const answer = this.#take();
      if (answer !== undefined) return answer;
      if (this.socket.readableEnded || this.socket.destroyed) return undefined;
      await this.#more();
    }
  }

  /** All further answers, when the server has ended the connection. */
  async rest(): Promise<RawAnswer[]> {
    while (!this.socket.readableEnded && !this.socket.destroyed) await this.#more();
    const answers: RawAnswer[] = [];
    for (let next = this.#take(); next !== undefined; next = this.#take()) answers.push(next);
    assert.equal(this.#received, '', 'bytes that belong to no answer');
    return answers;
  }

  close(): void {
    this.socket.destroy();
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      const events = ['data', 'end', 'close'] as const;
      const wake = (): void => {
        for (const event of events) this.socket.off(event, wake);
        resolve();
      };
      for (const event of events) this.socket.on(event, wake);
    });
  }

  #take(): RawAnswer | undefined {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return undefined;
    const [statusLine = '', ...lines] = this.#received.slice(0, headEnd).split('\r\n');
    const headers = new Map<string, string[]>();
    for (const line of lines) {
      const colon = line.indexOf(': ');
      const name = line.slice(0, colon).toLowerCase();
      headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 2)]);
    }
    const bodyStart = headEnd + 4;
    const bodyEnd = bodyStart + Number(headers.get('content-length')?.[0] ?? 0);
    if (this.#received.length < bodyEnd) return undefined;
    const body = this.#received.slice(bodyStart, bodyEnd);
    this.#received = this.#received.slice(bodyEnd);
    return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]), headers, body };
  }
}

/** Sends the bytes on a connection of their own; every answer, when the server has ended it. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<RawAnswer[]> {
  const connection = await RawConnection.to(port);
  connection.write(bytes);
  const answers = await connection.rest();
  connection.close();
  return answers;
}
