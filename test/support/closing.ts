// The end of a connection, however it comes: `once(socket, 'close')` rejects where a reset is first.

import type { Socket } from 'node:net';

/** Resolves when the connection has ended, by a reset too: what a server gets for what it does not read any more. */
export function closing(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}
