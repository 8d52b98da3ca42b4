// The executable as its user meets it: copied into an empty folder, started with an empty environment, nothing else near.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { builtExecutable } from '../support/executable-build.ts';
import { Receiver } from '../support/receiver.ts';

const startLimitMs = 60_000;
/** A person's browser: the count of a link leaves bots out, and Node's own fetch is one. */
const visitor = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };

interface Running {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly address: string;
  /** All of standard output up to now. */
  output(): string;
}

interface LinkAnswer {
  readonly data: { readonly id: string; readonly shortUrl: string; readonly clickCount: number };
}

describe(
  'the executable',
  { skip: `${process.platform}-${process.arch}` !== 'linux-x64' && 'built for linux-x64' },
  () => {
    let folder: string;
    let key = '';
    let link: LinkAnswer['data'];
    const running = new Set<Running['process']>();

    function run(argv: readonly string[], env: Record<string, string> = {}): Running['process'] {
      // The environment holds what is named here and nothing else, as under `env -i`.
      const child = spawn('./signpost', argv, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      running.add(child);
      child.once('exit', () => running.delete(child));
      return child;
    }

    async function serve(...flags: string[]): Promise<Running> {
      const child = run(['serve', '--server-port', '0', ...flags]);
      let output = '';
      let complaints = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
      const deadline = performance.now() + startLimitMs;
      for (;;) {
        const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
        if (address !== undefined && (await isReady(address))) return { process: child, address, output: () => output };
        assert.equal(child.exitCode, null, `ended: ${output}${complaints}`);
        assert.ok(performance.now() < deadline, `not ready in time: ${output}${complaints}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }

    async function isReady(address: string): Promise<boolean> {
      const answer = await fetch(`${address}/readyz`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.status === 200;
    }

    async function stop(server: Running): Promise<number | null> {
      const ended = once(server.process, 'exit');
      server.process.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      return code;
    }

    async function outcome(
      child: Running['process'],
    ): Promise<{ code: number | null; output: string; complaints: string }> {
      const [output, complaints, [code]] = await Promise.all([
        child.stdout.toArray(),
        child.stderr.toArray(),
        once(child, 'exit') as Promise<[number | null]>,
      ]);
      return { code, output: output.join(''), complaints: complaints.join('') };
    }

    async function readLink(address: string): Promise<LinkAnswer['data']> {
      const answer = await fetch(`${address}/api/v1/links/${link.id}`, { headers: { authorization: `Bearer ${key}` } });
      assert.equal(answer.status, 200);
      return ((await answer.json()) as LinkAnswer).data;
    }

    before(() => {
      const built = builtExecutable('linux-x64');
      folder = mkdtempSync(join(tmpdir(), 'signpost-executable-'));
      copyFileSync(built, join(folder, 'signpost'));
      chmodSync(join(folder, 'signpost'), 0o755);
    });
    // A test that failed halfway leaves its server running, and with it the lock of the data folder.
    afterEach(async () => {
      for (const child of running) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it('starts on nothing, makes a link, follows it, counts the click, and stops', async () => {
      const server = await serve();
      key = /sp_[0-9A-Za-z]{36}/.exec(server.output())?.[0] ?? '';
      assert.notEqual(key, '', 'no key was printed');
      const made = await fetch(`${server.address}/api/v1/links`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ destinationUrl: 'https://example.com/welcome' }),
      });
      assert.equal(made.status, 201);
      link = ((await made.json()) as LinkAnswer).data;
      // Hashed by the other native part.
      const locked = await fetch(`${server.address}/api/v1/links`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ destinationUrl: 'https://example.com/members', password: 'of some length' }),
      });
      assert.equal(locked.status, 201);

      const visit = await fetch(link.shortUrl, { headers: visitor, redirect: 'manual' });
      assert.equal(visit.status, 302);
      assert.equal(visit.headers.get('location'), 'https://example.com/welcome');
      assert.equal((await readLink(server.address)).clickCount, 1);

      // Two of them in one process would lose each other's locks.
      const maps = readFileSync(`/proc/${server.process.pid}/maps`, 'utf8').split('\n');
      const sqliteImages = maps.filter((line) => line.includes(' r-xp ') && line.includes('better-sqlite3.node'));
      assert.equal(sqliteImages.length, 1, 'the threads do not share one SQLite');
      assert.equal(await stop(server), 0);
    });

    it('does what README shows, as README shows it', async (t) => {
      const curl = spawnSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).stdout.trim();
      if (curl === '') return t.skip('there is no curl here');
      const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
      const [, steps] = /## A short link in three steps\n[^]*?```sh\n([^]*?)```/.exec(readme) ?? [];
      assert.ok(steps !== undefined);
      const server = await serve();
      const script = steps.replaceAll('http://127.0.0.1:8787', server.address);
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-eu', '-c', script], {
        cwd: folder,
        env: { PATH: dirname(curl), KEY: key },
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /"slug":"my-link"[^]*HTTP\/1\.1 302 Found[^]*"slug":"my-link"[^]*"clickCount":0/);
      assert.equal(await stop(server), 0);
    });

    it('makes backups by itself, with nothing but itself', async () => {
      const server = await serve('--backups-schedule', 'daily 03:00');
      const made = await outcome(run(['jobs', 'run', 'backups.make']));
      assert.deepEqual([made.code, made.complaints], [0, '']);
      const [backup, ...more] = readdirSync(join(folder, 'data', 'backups'));
      assert.deepEqual(more, []);
      assert.equal(await stop(server), 0);
      const restored = await outcome(run(['restore', join('data', 'backups', backup!), '--data-dir', 'restored']));
      assert.deepEqual([restored.code, restored.complaints], [0, '']);
    });

    it('draws a QR code with a logo, for which it carries a thread and a WebAssembly file', async () => {
      const server = await serve();
      const square = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9H0z"/></svg>';
      const logo = `data:image/svg+xml,${encodeURIComponent(square)}`;
      const answer = await fetch(`${server.address}/api/v1/qr/generate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url: 'https://example.com/', format: 'png', logo }),
      });
      const image = Buffer.from(await answer.arrayBuffer());
      assert.equal(answer.status, 200, image.toString());
      assert.equal(image.toString('latin1', 1, 4), 'PNG');
      assert.equal(await stop(server), 0);
    });

    it('sends to a webhook, at once for a test and by a thread of its own', async () => {
      const receiver = await Receiver.start();
      const server = await serve('--webhooks-allow', '127.0.0.1');
      const post = async (path: string, body: object): Promise<{ readonly data: Record<string, unknown> }> => {
        const answer = await fetch(`${server.address}/api/v1${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        return (await answer.json()) as { data: Record<string, unknown> };
      };
      const fields = { name: 'Orders', url: receiver.url, events: ['link.created'] };
      const { data: webhook } = await post('/webhooks', fields);
      assert.equal((await post(`/webhooks/${String(webhook['id'])}/test`, {})).data['statusCode'], 200);
      await post('/links', { destinationUrl: 'https://example.com/told-of' });
      await receiver.has(2);
      assert.deepEqual(
        receiver.received.map(({ message }) => message.event),
        ['test', 'link.created'],
      );
      assert.equal(await stop(server), 0);
      await receiver.down();
    });

    it('starts again with what it kept, and prints the address alone', async () => {
      const server = await serve();
      assert.deepEqual(server.output().match(/\S+:\/\/\S+/g), [server.address]);
      assert.doesNotMatch(server.output(), /sp_|curl/);
      assert.equal((await readLink(server.address)).clickCount, 1);
      assert.equal(await stop(server), 0);
    });

    it('runs the other commands, too', async () => {
      const { code, output, complaints } = await outcome(run(['users', 'list']));
      assert.equal(complaints, '');
      assert.equal(code, 0);
      assert.match(output, /admin/);
    });

    it('unpacks its native parts to the place that the operator names', async () => {
      const named = join(folder, 'named');
      const { code } = await outcome(run(['users', 'list'], { SIGNPOST_CACHE_DIR: named }));
      assert.equal(code, 0);
      assert.match(readdirSync(named, { recursive: true }).join(' '), /better-sqlite3\.node/);
    });

    it('does not load native parts from a folder that others can write', async () => {
      const open = join(folder, 'open');
      mkdirSync(open);
      chmodSync(open, 0o777);
      const { code, complaints } = await outcome(run(['users', 'list'], { SIGNPOST_CACHE_DIR: open }));
      assert.notEqual(code, 0);
      assert.match(complaints, /SIGNPOST_CACHE_DIR/);
      assert.deepEqual(readdirSync(open), []);
    });
  },
);
