// Folders and processes of a benchmark's own, none of which outlives it.

import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const stopLimitMs = 30_000;
const linuxTmpfs = 0x01021994;

const folders = new Set<string>();
const children = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

export function makeScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
  folders.add(folder);
  return folder;
}

export function removeScratchFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** True when scratch folders are in memory: an fsync is then free, and `power` looks better than on any disk. */
export function isScratchInMemory(): boolean {
  return statfsSync(tmpdir()).type === linuxTmpfs;
}

/** Starts a process with a small environment of its own, so that nothing of the developer's reaches it. */
export function startProcess(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(command, args, { env: { PATH, HOME, TMPDIR }, ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.once('error', () => children.delete(child));
  return child;
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Sends SIGTERM to the process (or to `pid`, where that is what the child only stands for) and waits for its end. */
export async function stopProcess(child: ChildProcess, pid: number | undefined = child.pid): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  if (pid !== undefined) process.kill(pid, 'SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(timer);
}

/** All that the process prints from now on; rejects where it cannot be started or ends with another code than 0. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  let complaints = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}: ${complaints || output}`);
  return output;
}
