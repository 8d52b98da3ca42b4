// A port for a server that must be told one: where it announces another address than the one it listens on.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Free now, and as good as certainly still free in a moment: the system does not hand it out again at once. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
