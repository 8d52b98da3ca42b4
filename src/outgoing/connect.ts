// How addresses become connections, on the real network. Names and connections are arguments of the client: tests hand their own.

import { connect, type Socket } from 'node:net';

/** Every address of the name. Rejects when there is none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** An open connection to exactly this address. Rejects when it cannot be had; gives up when the signal says so. */
export type Connect = (address: string, port: number, signal: AbortSignal) => Promise<Socket>;

export function systemConnect(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true });
    const giveUp = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('error', (error) => {
      signal.removeEventListener('abort', giveUp);
      reject(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', giveUp);
      resolve(socket);
    });
  });
}
