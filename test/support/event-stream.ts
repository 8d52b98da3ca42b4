// A client of Server-Sent Events, which hands out what arrives as it arrives.

import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';

export interface ServerEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

function eventOf(block: string): ServerEvent {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  return { event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: fields.get('data') ?? '' };
}

export class EventStream {
  readonly #request: ClientRequest;
  readonly #response: IncomingMessage;
  readonly #events: ServerEvent[] = [];
  #text = '';
  #isOver = false;
  #wake = (): void => {};

  private constructor(asked: ClientRequest, response: IncomingMessage) {
    this.#request = asked;
    this.#response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#take(chunk));
    const end = (): void => {
      this.#isOver = true;
      this.#wake();
    };
    response.on('end', end).on('error', end).on('close', end);
  }

  /** Resolves when the server has begun to answer; rejects, with the answer's text, when it is no stream. */
  static open(address: string, headers: OutgoingHttpHeaders): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const asked = request(address, { headers }, (response) => {
        const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
        if (response.statusCode === 200 && isStream) {
          resolve(new EventStream(asked, response));
          return;
        }
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => reject(new Error(`${response.statusCode} ${text}`)));
      });
      asked.on('error', reject).end();
    });
  }

  /** The next one that has data; undefined when the server has hung up. */
  async next(): Promise<ServerEvent | undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async take(count: number): Promise<ServerEvent[]> {
    const taken: ServerEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) {
      taken.push(event);
      if (taken.length === count) break;
    }
    return taken;
  }

  /** Stops taking anything from the connection. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  close(): void {
    this.#request.destroy();
  }

  #take(chunk: string): void {
    this.#text += chunk;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) if (/^data:/m.test(block)) this.#events.push(eventOf(block));
    this.#wake();
  }
}
