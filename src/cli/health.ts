// `signpost health`: whether the server of this configuration can write, for health checks where there is no other program.

import { request } from 'node:http';
import { exitCodes } from '../core/exit.ts';
import type { Command } from './command.ts';
import { configFlags, configFrom } from './config-flags.ts';

const timeoutMs = 4_000;

/** Where a server that listens on all interfaces is reached from its own machine. */
function ownAddress(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** The status of /readyz; undefined: no answer. */
function readiness(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path: '/readyz', timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.on('close', () => resolve(undefined));
    asked.end();
  });
}

export const healthCommand: Command = {
  flags: {
    json: { help: 'Print a JSON object.' },
    config: configFlags['config']!,
    'server-host': configFlags['server-host']!,
    'server-port': configFlags['server-port']!,
  },
  notes: ['Exit code 0 when a write to its database succeeds, else 1.'],
  async run(given) {
    const config = configFrom(given);
    const status = await readiness(ownAddress(config['server.host']), config['server.port']);
    const isReady = status === 200;
    const text = isReady ? 'ready' : status === undefined ? 'no answer' : `not ready: status ${status}`;
    process.stdout.write(`${given.has('json') ? JSON.stringify({ ready: isReady, status: status ?? null }) : text}\n`);
    return isReady ? exitCodes.ok : exitCodes.failure;
  },
};
