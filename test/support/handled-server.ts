// A web server on the loopback interface whose answer each test says.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export class HandledServer {
  handle: RequestListener = (_, response) => response.end();
  /** How many there have been. */
  connections = 0;
  readonly #server = createServer((request, response) => this.handle(request, response)).on(
    'connection',
    () => this.connections++,
  );

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
