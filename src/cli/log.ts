// The process's log: pino to standard error, as JSON lines or as lines for people. Standard output stays free for answers.
// Keys and authorization headers are kept out by never being handed to it.

import { styleText } from 'node:util';
import { pino, type Logger } from 'pino';
import { escapeControls } from '../core/one-line.ts';
import type { Config } from '../config/options.ts';

const colours = { trace: 'gray', debug: 'gray', info: 'green', warn: 'yellow', error: 'red', fatal: 'red' } as const;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w.:/@%+,-]+$/.test(text) ? text : escapeControls(typeof value === 'string' ? JSON.stringify(text) : text);
}

function isError(value: unknown): value is { stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';
}

/** One JSON line of pino's as a line for people: time, level, message, fields; an error's stack below. */
export function prettyLine(json: string, isColoured: boolean): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown> & {
    time: string;
    level: keyof typeof colours;
  };
  // Whether colours may be used was decided for standard error; styleText would ask standard output.
  const paint = (colour: Parameters<typeof styleText>[0], text: string): string =>
    isColoured ? styleText(colour, text, { validateStream: false }) : text;
  const pairs = Object.entries(fields).map(
    ([name, value]) => ` ${paint('gray', `${escapeControls(name)}=`)}${shown(value)}`,
  );
  const stack = isError(err)
    ? `\n${err.stack
        .split('\n')
        .map((line) => `    ${escapeControls(line)}`)
        .join('\n')}`
    : err === undefined
      ? ''
      : ` err=${shown(err)}`;
  const message = typeof msg === 'string' ? escapeControls(msg) : '';
  return `${paint('gray', time.slice(11, 23))} ${paint(colours[level], level.toUpperCase().padEnd(5))} ${message}${pairs.join('')}${stack}\n`;
}

/** Writes synchronously: what was logged before a crash is there after it, and no worker thread is needed. */
export function createLog(config: Config): Logger {
  const destination = pino.destination({ dest: process.stderr.fd, sync: true });
  const format = config['log.format'];
  const isPretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  const isColoured = process.stderr.isTTY && process.stderr.hasColors();
  return pino(
    {
      level: config['log.level'],
      // One process, one machine: pid and host name would only repeat on every line.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    isPretty ? { write: (line: string) => destination.write(prettyLine(line, isColoured)) } : destination,
  );
}
