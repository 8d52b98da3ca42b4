// Starts the receiver of webhooks that benchmarks send to.

import { join } from 'node:path';
import { startProcess, stopProcess } from './scratch.ts';
import { freePort } from './signpost-process.ts';

interface Received {
  readonly received: number;
  readonly furthest: number;
}

export interface Receiver {
  readonly url: string;
  figures(): Promise<Received>;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const port = await freePort();
  const child = startProcess(process.execPath, [join(import.meta.dirname, 'receiver-server.ts'), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const url = `http://127.0.0.1:${port}/hook`;
  return {
    url,
    figures: async () => (await (await fetch(url)).json()) as Received,
    stop: () => stopProcess(child),
  };
}
