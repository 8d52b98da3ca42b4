// Starts and stops the server as a process of its own, from source, by the start script or as the executable, with a
// configuration file that a benchmark wrote.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { hasEnded, startProcess, stopProcess } from './scratch.ts';

const projectFolder = join(import.meta.dirname, '..', '..');
const executable = join(projectFolder, 'dist', 'signpost');
const startLimitMs = 30_000;
const pollMs = 2;

/** Where npm would look for programs. */
function programPath(): string {
  return [join(projectFolder, 'node_modules', '.bin'), dirname(process.execPath), process.env['PATH']].join(':');
}

/** A command that `--config FILE` is added to. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
}

export type Settings = Readonly<Record<string, string | number | readonly string[]>>;

export interface SignpostProcess {
  readonly pid: number;
  readonly origin: string;
  /** From just before the process was made to the first 200 on /readyz. */
  readonly readyMs: number;
  /** The end of what it has printed until now. */
  printed(): string;
  stop(): Promise<void>;
}

export function sourceLaunch(nodeFlags: readonly string[] = []): Launch {
  return { command: process.execPath, args: [...nodeFlags, join(projectFolder, 'src', 'main.ts'), 'serve'] };
}

/** The commands of the start script, one after the other; the last one is the server. */
function startCommands(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split('&&').map((command) => command.trim());
}

/** What `npm start` runs at last, without npm itself and without what comes before, such as bundling the source. */
export function startScriptLaunch(): Launch {
  return { command: 'sh', args: ['-c', `${startCommands().at(-1)} "$@"`, 'sh'] };
}

/** What comes before. */
export function prepareStartScript(): void {
  const before = ['npm run --if-present --silent prestart', ...startCommands().slice(0, -1)].join(' && ');
  const { status, stderr } = spawnSync('sh', ['-c', before], {
    cwd: projectFolder,
    env: { PATH: programPath(), HOME: process.env['HOME'] },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${before} ended with ${status}: ${stderr}`);
}

export function npmStartLaunch(): Launch {
  return { command: 'npm', args: ['start', '--'] };
}

/** dist/signpost, or undefined where it has not been built. */
export function executableLaunch(): Launch | undefined {
  return existsSync(executable) ? { command: executable, args: ['serve'] } : undefined;
}

let isStartScriptReady = false;

/** What people run: the executable where it is asked for, else the bundle of the start script, which is made anew once. */
export function chosenLaunch(isExecutable: boolean): Launch {
  if (isExecutable) {
    const launch = executableLaunch();
    if (launch === undefined) throw new Error('dist/signpost is missing: npm run build makes it');
    return launch;
  }
  if (!isStartScriptReady) prepareStartScript();
  isStartScriptReady = true;
  return startScriptLaunch();
}

/** The same program for commands beside the server. */
export function chosenProgram(isExecutable: boolean): Launch {
  const { command } = chosenLaunch(isExecutable);
  if (isExecutable) return { command, args: [] };
  return { command: process.execPath, args: [join(projectFolder, 'dist', 'app', 'main.js')] };
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One GET on a connection of its own; undefined where nobody answers. */
export function statusOf(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response));
    });
    request.once('error', () => resolve(undefined));
  });
}

/** Asks until the address answers with this status. */
export async function waitFor(url: string, status: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  while ((await statusOf(url))?.statusCode !== status) {
    if (hasEnded(child) || performance.now() > deadline) throw new Error(`${child.spawnfile} did not start`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** The process that serves: `sh` and `npm` only stand in front of it. */
function servingPid(dataFolder: string, child: ChildProcess): number {
  const lockFile = join(dataFolder, 'signpost.lock');
  const pid = existsSync(lockFile) ? Number.parseInt(readFileSync(lockFile, 'utf8'), 10) : Number.NaN;
  if (Number.isNaN(pid) && child.pid === undefined) throw new Error('the server has no process id');
  return Number.isNaN(pid) ? (child.pid as number) : pid;
}

/** @param dataFolder may be missing: then it is a first start */
export async function startSignpost(
  launch: Launch,
  dataFolder: string,
  settings: Settings = {},
): Promise<SignpostProcess> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const configFile = `${dataFolder}.toml`;
  const all: Settings = { data_dir: dataFolder, 'server.port': port, ...settings };
  // A JSON string, number or array of strings is a TOML one too.
  writeFileSync(
    configFile,
    Object.entries(all)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join(''),
  );
  const startedAt = performance.now();
  const child = startProcess(launch.command, [...launch.args, '--config', configFile], {
    cwd: projectFolder,
    env: { PATH: programPath(), HOME: process.env['HOME'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-2_000)));
  try {
    await waitFor(`${origin}/readyz`, 200, child);
  } catch (cause) {
    throw new Error(`the server did not start; it printed:\n${printed}`, { cause });
  }
  const readyMs = performance.now() - startedAt;
  const pid = servingPid(dataFolder, child);
  return { pid, origin, readyMs, printed: () => printed, stop: () => stopProcess(child, pid) };
}
