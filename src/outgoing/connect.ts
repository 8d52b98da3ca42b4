// How names become addresses and addresses connections, on the real network. Both are arguments of the client: tests hand their own.

import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';

/** Every address of the name. Rejects when there is none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** An open connection to exactly this address. Rejects when it cannot be had; gives up when the signal says so. */
export type Connect = (address: string, port: number, signal: AbortSignal) => Promise<Socket>;

// Look-ups share four threads of the process with password hashing and files: a name whose servers never answer must not take them all.
const maxLookupsAtOnce = 2;
let lookups = 0;
const waiting: (() => void)[] = [];

/** Asks the system, hosts file included. */
export async function systemResolve(host: string): Promise<string[]> {
  if (lookups >= maxLookupsAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else lookups++;
  try {
    const found = await lookup(host, { all: true, order: 'verbatim' });
    return found.map(({ address }) => address);
  } finally {
    // The place goes to whoever waits longest.
    const next = waiting.shift();
    if (next === undefined) lookups--;
    else next();
  }
}

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
