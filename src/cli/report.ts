// What a command says when it is done.

import { exitCodes } from '../core/exit.ts';
import type { Arguments } from './command.ts';

/** One line for people, or an object for programs. */
export function report(given: Arguments, line: string, fields: Record<string, unknown>): number {
  process.stdout.write(`${given.has('json') ? JSON.stringify(fields) : line}\n`);
  return exitCodes.ok;
}
