// The reader thread's side: one reading after the other on a connection that can only read. Wired in src/stats-worker.ts.

import type { MessagePort } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import type { Connection } from './query.ts';
import type { ReaderMessage, ReadingCall } from './reader-protocol.ts';
import type { AnyReading } from './reading.ts';
import type { OperationResult } from './writer-protocol.ts';

interface ReaderThread {
  readonly connection: Connection;
  readonly port: MessagePort;
  readonly readings: readonly AnyReading[];
}

function failureOf(error: unknown): OperationResult {
  if (error instanceof AppError) return { ok: false, code: error.code, message: error.message, details: error.details };
  return error instanceof Error
    ? { ok: false, code: undefined, message: error.message, stack: error.stack }
    : { ok: false, code: undefined, message: String(error), stack: undefined };
}

export function runReaderThread({ connection, port, readings }: ReaderThread): void {
  const byName = new Map<string, AnyReading>();
  for (const reading of readings) {
    if (byName.has(reading.name)) throw new Error(`two readings are called ${reading.name}`);
    byName.set(reading.name, reading);
  }

  function answer({ name, input }: ReadingCall): OperationResult {
    try {
      const reading = byName.get(name);
      if (reading === undefined) throw new Error(`no reading is called ${name}`);
      return { ok: true, value: reading.read(connection, input as never) };
    } catch (error) {
      return failureOf(error);
    }
  }

  port.on('message', (call: ReadingCall) => {
    port.postMessage({ kind: 'answer', result: answer(call) } satisfies ReaderMessage);
  });
  port.postMessage({ kind: 'ready' } satisfies ReaderMessage);
}
