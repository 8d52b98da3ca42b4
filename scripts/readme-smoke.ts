// README's first command as a new user meets it: `npm start` on an empty folder, the printed curl, the link, the count.
// Ends with 0 when all of it went as README says, else with 1 and what the server printed.

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const startLimitMs = 30_000;
const stopLimitMs = 15_000;
/** A person's browser: the count of a link leaves bots out, and Node's own fetch is one. */
const visitor = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };

interface Answer {
  readonly data: {
    readonly id: string;
    readonly shortUrl: string;
    readonly destinationUrl: string;
    readonly clickCount: number;
  };
}

const folder = mkdtempSync(join(tmpdir(), 'signpost-readme-'));
let printed = '';
const server = spawn('npm', ['start'], {
  cwd: join(import.meta.dirname, '..'),
  // The two differences from a new user's machine: a folder that goes away, and a port that is surely free.
  env: { ...process.env, SIGNPOST_DATA_DIR: join(folder, 'data'), SIGNPOST_SERVER_PORT: '0' },
  stdio: ['ignore', 'pipe', 'pipe'],
});
for (const stream of [server.stdout, server.stderr])
  stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));

try {
  const command = await waitForCurl(server);
  const made = JSON.parse(runPrinted(command)) as Answer;
  assert.equal(made.data.clickCount, 0);
  const visit = await fetch(made.data.shortUrl, { headers: visitor, redirect: 'manual' });
  assert.equal(visit.status, 302);
  assert.equal(visit.headers.get('location'), made.data.destinationUrl);
  const read = await fetch(linkAddress(command, made.data.id), {
    headers: { authorization: authorizationOf(command) },
  });
  assert.equal(((await read.json()) as Answer).data.clickCount, 1);
  console.log(`README: ${made.data.shortUrl} leads to ${made.data.destinationUrl} and counted 1 click`);
} catch (error) {
  console.error(`README's first command did not work: ${String(error)}\nThe server printed:\n${printed}`);
  process.exitCode = 1;
} finally {
  await stop(server);
  rmSync(folder, { recursive: true, force: true });
}

async function waitForCurl(child: ChildProcess): Promise<string> {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline && child.exitCode === null) {
    const command = /^\s*(curl .*)\n/m.exec(printed)?.[1];
    if (command !== undefined) return command;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(child.exitCode === null ? 'no curl was printed in time' : `npm start ended with ${child.exitCode}`);
}

/** Pastes the command into a shell. */
function runPrinted(command: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the printed command ended with ${status}: ${stderr}`);
  return stdout;
}

function linkAddress(command: string, id: string): string {
  const address = /'(http[^']+)'/.exec(command)?.[1];
  if (address === undefined) throw new Error(`no address in ${command}`);
  return `${address}/${id}`;
}

function authorizationOf(command: string): string {
  return /Authorization: ([^']+)'/i.exec(command)?.[1] ?? '';
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  // npm passes the signal on to the server and ends after it, as long as no shell stands between them.
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(timer);
}
