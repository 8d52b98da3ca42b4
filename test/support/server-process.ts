// Real server processes for tests: each with a data folder of its own, ended and cleared away when the tests are over.
// A test file that starts one says `after(closeServers)` at its top.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { programFile } from './program.ts';

// Not expectations: only so that a hang fails as what it is.
const startLimitMs = 60_000;
const endLimitMs = 60_000;

export interface ProcessEnd {
  /** null: a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** What has been printed up to now. */
  readonly printed: { stdout: string; stderr: string };
  /** The process has ended and everything that it printed is here. */
  readonly ended: Promise<ProcessEnd>;
  send(signal: NodeJS.Signals): void;
}

const running = new Set<Running>();
const folders = new Set<string>();

// The last resort, where a test file dies before its `after` hooks.
process.on('exit', () => {
  for (const child of running) child.send('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Ends every server and removes every folder that this file's functions made. */
export async function closeServers(): Promise<void> {
  const ends = [...running].map((child) => {
    child.send('SIGKILL');
    return child.ended;
  });
  await Promise.all(ends);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

/** A new empty folder, removed by closeServers. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-test-'));
  folders.add(folder);
  return folder;
}

function launch(args: readonly string[], environment: Record<string, string>): Running {
  const child = spawn(process.execPath, [programFile(), ...args], {
    // Away from the project, so that no configuration of the developer's is read.
    cwd: tmpdir(),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const launched: Running = {
    pid: child.pid!,
    stdout: child.stdout,
    stderr: child.stderr,
    printed,
    ended: once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
      running.delete(launched);
      return { code: code as number | null, signal: signal as NodeJS.Signals | null, ...printed };
    }),
    send: (signal) => child.kill(signal),
  };
  running.add(launched);
  return launched;
}

/** Waits for the end. Kills a process that does not come to one, and rejects with what it printed. */
async function endOf(child: Running): Promise<ProcessEnd> {
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    child.send('SIGKILL');
  }, endLimitMs);
  const end = await child.ended;
  clearTimeout(limit);
  if (isLate) throw new Error(`did not end:\n${end.stdout}${end.stderr}`);
  return end;
}

/** Runs one command line to its end: `runSignpost(['users', 'list', '--data-dir', folder])`. */
export function runSignpost(args: readonly string[], environment: Record<string, string> = {}): Promise<ProcessEnd> {
  return endOf(launch(args, environment));
}

/** Runs `serve` where it is expected to refuse to start. */
export function runServeToEnd(options: ServerOptions & { readonly dataFolder: string }): Promise<ProcessEnd> {
  return endOf(launch(serveArguments(options.dataFolder, options.flags), options.environment ?? {}));
}

export interface ServerOptions {
  /** As on the command line: `['--clicks-durability', 'process']`. */
  readonly flags?: readonly string[];
  /** The process's whole environment. */
  readonly environment?: Record<string, string>;
  /** What the process's clock says at its start: `2024-06-01T10:30:00Z`. */
  readonly clockFrom?: string;
  /** Where the process's clock stands all the time. */
  readonly clockAt?: string;
  /** A folder to use (again); otherwise a new one. */
  readonly dataFolder?: string;
  /** Whether to wait for the key that a first start prints; without it: where the folder holds no database. */
  readonly printsKey?: boolean;
}

export interface ServerProcess {
  /** As printed: `http://127.0.0.1:40123`. */
  readonly address: string;
  readonly port: number;
  /** The key that a first start prints. */
  readonly firstKey: string | undefined;
  readonly dataFolder: string;
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
  stdout(): string;
  stderr(): string;
  /** Resolves when the standard error output up to now matches. */
  logged(pattern: RegExp): Promise<void>;
  /** SIGTERM (or the signal given); resolves with the exit code when the process has ended, null when a signal did it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
}

function serveArguments(dataFolder: string, flags: readonly string[] = []): string[] {
  return ['serve', '--data-dir', dataFolder, '--server-port', '0', ...flags];
}

const clockPreload = `--import=${new URL('clock-from.mjs', import.meta.url).href}`;

function clockEnvironment(from: string | undefined): Record<string, string> {
  return from === undefined ? {} : { TEST_CLOCK_FROM: from, NODE_OPTIONS: clockPreload };
}

/** The clock of a machine that somebody sets while its processes run. It goes on by itself like any other, or stands. */
export class MachineClock {
  readonly #folder = temporaryFolder();
  /** For every process of this machine. */
  readonly environment: Record<string, string>;

  /**
   * @param from what it says now: `2024-06-01T10:30:00Z`
   * @param stands it says another time only when it is set
   */
  constructor(from: string, { stands = false } = {}) {
    this.environment = {
      ...clockEnvironment(from),
      ...(stands ? { TEST_CLOCK_STANDS: 'yes' } : {}),
      TEST_CLOCK_STARTED_AT: String(Date.now()),
      TEST_CLOCK_STEP: join(this.#folder, 'step'),
    };
    this.set(0);
  }

  /** @param aheadMs of what it would say had nobody set it */
  set(aheadMs: number): void {
    const next = join(this.#folder, 'next');
    writeFileSync(next, String(aheadMs));
    renameSync(next, this.environment['TEST_CLOCK_STEP']!);
  }
}

/** For NODE_OPTIONS of a server's process: the clock by which it limits how often something may happen stands. */
export const stoppedTimer = `--import=${new URL('stopped-timer.mjs', import.meta.url).href}`;

function stoppedClock(time: string | undefined): Record<string, string> {
  const preload = new URL('stopped-clock.mjs', import.meta.url).href;
  return time === undefined ? {} : { TEST_CLOCK: time, NODE_OPTIONS: `--import=${preload}` };
}

/** Resolves when the stream's text so far matches; rejects when the process ends without it. */
async function waitFor(child: Running, stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
  const limit = AbortSignal.timeout(startLimitMs);
  let hasEnded = false;
  void child.ended.then(() => (hasEnded = true));
  for (;;) {
    const match = pattern.exec(child.printed[stream]);
    if (match !== null) return match;
    if (hasEnded || limit.aborted) {
      const { stdout, stderr } = child.printed;
      throw new Error(`${hasEnded ? 'ended' : 'waited in vain'} without ${pattern} on ${stream}:\n${stdout}${stderr}`);
    }
    await Promise.race([once(child[stream], 'data', { signal: limit }).catch(() => {}), child.ended]);
  }
}

/** Starts a server and waits until it says where it listens. Rejects, with what it printed, when it ends instead. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const dataFolder = options.dataFolder ?? temporaryFolder();
  const printsKey = options.printsKey ?? !existsSync(join(dataFolder, 'signpost.db'));
  const environment = {
    ...options.environment,
    ...clockEnvironment(options.clockFrom),
    ...stoppedClock(options.clockAt),
  };
  const child = launch(serveArguments(dataFolder, options.flags), environment);
  const listens = /^Signpost listens on (\S+)\n/;
  const withKey = /^Signpost listens on (\S+)\n[^]*\n {2}(sp_\w+)\n[^]*\n {2}curl .*\n/;
  const [, address = '', firstKey] = await waitFor(child, 'stdout', printsKey ? withKey : listens);
  return {
    address,
    port: Number(new URL(address).port),
    firstKey,
    dataFolder,
    pid: child.pid,
    ended: child.ended,
    stdout: () => child.printed.stdout,
    stderr: () => child.printed.stderr,
    async logged(pattern) {
      await waitFor(child, 'stderr', pattern);
    },
    async stop(signal = 'SIGTERM') {
      child.send(signal);
      return (await endOf(child)).code;
    },
    async kill() {
      child.send('SIGKILL');
      await child.ended;
    },
  };
}
