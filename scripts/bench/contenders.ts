// The servers that stand in a redirect benchmark: ours at some durability, a bare node:http server, nginx where installed.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Durability } from '../../src/storage/durability.ts';
import { type DataFolder, destinationOf, publicUrl } from './data-folder.ts';
import { startProcess, stopProcess } from './scratch.ts';
import { freePort, type Launch, type Settings, startSignpost, waitFor } from './signpost-process.ts';

export interface Contender {
  readonly name: string;
  readonly pid: number;
  readonly origin: string;
  /** Where its clicks are, once it has stopped; undefined where it counts none. */
  readonly dataFolder: string | undefined;
  stop(): Promise<void>;
}

/** Starts on a copy of the data folder, so that each begins with the same file. */
export async function startOurs(
  launch: Launch,
  folder: string,
  from: DataFolder,
  durability: Durability,
  settings: Settings = {},
): Promise<Contender> {
  const own = join(folder, durability);
  mkdirSync(own, { recursive: true });
  const dataFolder = join(own, 'data');
  cpSync(from.path, dataFolder, { recursive: true });
  const server = await startSignpost(launch, dataFolder, {
    'clicks.durability': durability,
    'server.public_url': publicUrl,
    'log.level': 'warn',
    ...settings,
  });
  return {
    name: `signpost, ${durability}`,
    pid: server.pid,
    origin: server.origin,
    dataFolder,
    stop: () => server.stop(),
  };
}

export async function startBare(): Promise<Contender> {
  const port = await freePort();
  const program = join(import.meta.dirname, 'bare-server.ts');
  return startOther('bare node:http', port, process.execPath, [program, destinationOf(0), String(port)]);
}

/** undefined where nginx is not installed. */
export async function startNginx(folder: string): Promise<Contender | undefined> {
  if (spawnSync('nginx', ['-v']).error !== undefined) return undefined;
  const port = await freePort();
  const own = join(folder, 'nginx');
  mkdirSync(own, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${own}/${kind};`,
  );
  // One process, so that its processor time is that of this pid.
  writeFileSync(
    join(own, 'nginx.conf'),
    `daemon off; master_process off; pid ${own}/pid; error_log stderr;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000000; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port} backlog=1024; location / { return 302 ${destinationOf(0)}; } } }
`,
  );
  return startOther('nginx, return 302', port, 'nginx', ['-p', own, '-c', join(own, 'nginx.conf'), '-e', 'stderr']);
}

async function startOther(name: string, port: number, command: string, args: readonly string[]): Promise<Contender> {
  const origin = `http://127.0.0.1:${port}`;
  const child = startProcess(command, args, { stdio: 'ignore' });
  await waitFor(origin, 302, child);
  return { name, pid: child.pid as number, origin, dataFolder: undefined, stop: () => stopProcess(child) };
}
