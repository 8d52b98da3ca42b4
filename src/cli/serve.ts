// `signpost serve`: starts the server, says where it listens, stops it on SIGTERM or SIGINT.

import { endProcess } from '../core/end-process.ts';
import { exitCodes } from '../core/exit.ts';
import type { Command } from './command.ts';
import { configFlags, configFrom } from './config-flags.ts';
import { createLog } from './log.ts';

/** Ctrl-C reaches the process twice under npm: from the terminal, and passed on by npm. */
const sameKeystrokeMs = 500;

/** Resolves at the first SIGTERM or SIGINT; a later one ends the process at once. */
function stopSignal(onSecond: (signal: string) => void): Promise<string> {
  return new Promise((resolve) => {
    let first: { signal: string; at: number } | undefined;
    const onSignal = (signal: string): void => {
      if (first === undefined) {
        first = { signal, at: performance.now() };
        resolve(signal);
      } else if (signal !== first.signal || performance.now() - first.at > sameKeystrokeMs) {
        onSecond(signal);
      }
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** What only the first start prints, this once: the key, and a command that makes the first link. */
function firstSteps(address: string, key: string): string {
  const curl = `curl -X POST '${address}/api/v1/links' -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '{"destinationUrl":"https://example.com/"}'`;
  return `\nYour API key. It is shown this once; keep it:\n  ${key}\n\nMake the first link:\n  ${curl}\n\n`;
}

export const serveCommand: Command = {
  flags: {
    ...configFlags,
    json: { help: 'Say where it listens, and the first key, as a JSON object; see --log-format for the log.' },
  },
  notes: [
    'The same options can stand in the configuration file ([server] port = 9000) and in the environment (SIGNPOST_SERVER_PORT=9000). Flags come first, then the environment, then the file.',
    'SIGTERM and SIGINT stop the server after what it has accepted is answered; a second one, or 10 s, end it at once.',
    'Exit codes: 0 stopped, 1 failed, 2 wrong configuration or command line, 3 another process is using the data folder.',
  ],
  async run(given) {
    const config = configFrom(given);
    const log = createLog(config);
    const signalled = stopSignal((signal) => {
      log.warn({ signal }, 'second signal, ending at once');
      void endProcess(exitCodes.failure);
    });
    // Loaded this late so that a wrong configuration is answered before anything touches the disk.
    const { startServer } = await import('../server.ts');
    const server = await startServer(config, { log });
    const { address, firstKey } = server;
    if (given.has('json')) process.stdout.write(`${JSON.stringify({ address, firstKey: firstKey ?? null })}\n`);
    else {
      process.stdout.write(`Signpost listens on ${address}\n`);
      if (firstKey !== undefined) process.stdout.write(firstSteps(address, firstKey));
    }
    const signal = await Promise.race([signalled, server.closed]);
    if (signal !== undefined) {
      const stopped = server.stop();
      // Said when it is true: from here on no connection is accepted.
      log.info({ signal }, 'stopping');
      await stopped;
    }
    await server.closed;
    return signal === undefined ? exitCodes.failure : exitCodes.ok;
  },
};
