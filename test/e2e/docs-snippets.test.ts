// Every command in README and docs works as it is written: each page's `sh` blocks are run, in order, against a server of the page's
// own. What cannot run here says why, as "```sh elsewhere: needs Litestream".

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ApiClient } from '../support/api-client.ts';
import { type Block, docsFolder, type Page, pages, projectFolder } from '../support/docs-pages.ts';
import { programFile } from '../support/program.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const hasCurl = spawnSync('curl', ['--version']).status === 0;
// What a page says of the machine that it is read on.
const documentedAddresses = ['http://127.0.0.1:8787', 'https://short.example'];

const triedHere = new Set(['sh', 'json', 'toml']);
/** By page and language: which test, or why none. */
const triedElsewhere: Readonly<Record<string, string>> = {
  'README.md ts': 'test/sdk/package.test.ts',
  'webhooks.md ts': 'test/unit/webhook-snippets.test.ts',
  'webhooks.md python': 'test/unit/webhook-snippets.test.ts',
  'webhooks.md php': 'test/unit/webhook-snippets.test.ts',
  'webhooks.md go': 'test/unit/webhook-snippets.test.ts',
  'monitoring.md yaml': 'for Prometheus',
  'litestream.md yaml': 'for Litestream',
  'custom-domains.md yaml': 'test/http/proxy-recipes.test.ts',
  'custom-domains.md nginx': 'test/http/proxy-recipes.test.ts',
  'custom-domains.md ': 'test/http/proxy-recipes.test.ts',
  'contributing.md ': 'test/e2e/docs-claims.test.ts',
  'README.md ': 'what a first start prints: below',
};

/** A folder of programs: `signpost` as an installed one, and `curl` that fails when the answer is an error. */
function programsIn(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const write = (name: string, line: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  write('signpost', `exec '${process.execPath}' '${programFile()}' "$@"`);
  const curl = spawnSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).stdout.trim();
  write('curl', `exec '${curl}' --silent --show-error --fail-with-body "$@"`);
  return bin;
}

/** The page's ids and addresses made into those of this server. */
async function placesOf(api: ApiClient, address: string, folder: string): Promise<[from: string, to: string][]> {
  const link = await api.createLink();
  const gallery = (await api.post('/galleries', { title: 'x' })).data<{ id: string }>();
  const key = (await api.post('/api-keys', { name: 'snippet' })).data<{ id: string }>();
  mkdirSync(join(folder, 'backups'));
  return [
    ...documentedAddresses.map((documented): [string, string] => [documented, address]),
    ['lnk_…', link.id],
    ['$ID', link.id],
    ['gal_…', gallery.id],
    ['key_…', key.id],
    ['/backups/', `${join(folder, 'backups')}/`],
  ];
}

/** Runs the page's blocks as one script; throws with what was printed when a command fails. */
async function runPage({ text }: Page, blocks: readonly Block[]): Promise<void> {
  const server = await startServer({ flags: ['--backups-schedule', 'daily 03:00'] });
  const folder = temporaryFolder();
  const places = await placesOf(ApiClient.of(server), server.address, folder);
  const script = blocks.map(({ text, line }) => `echo '-- line ${line}' >&2\n${text}`).join('');
  const here = places.reduce((text, [from, to]) => text.replaceAll(from, to), script);
  const { code, output } = await runShell(here, folder, {
    KEY: server.firstKey!,
    SIGNPOST_DATA_DIR: server.dataFolder,
  });
  assert.equal(code, 0, `a command failed:\n${output}`);
  // What the page promises of it.
  const promised = /The last answer says `("clickCount": \d+)`/.exec(text)?.[1];
  if (promised !== undefined) assert.equal(output.match(/"clickCount":\d+/g)?.at(-1), promised.replace(' ', ''));
  assert.equal(await server.stop(), 0);
}

/** In the checkout, as a developer has it open. */
async function runInCheckout({ text }: Block): Promise<void> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: temporaryFolder() };
  const child = spawn('sh', ['-euc', text], { cwd: projectFolder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed, ended] = await Promise.all([child.stdout.toArray(), once(child, 'close')]);
  assert.deepEqual(ended, [0, null], printed.join(''));
}

function runShell(
  script: string,
  folder: string,
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const env = { PATH: `${programsIn(folder)}:${process.env['PATH'] ?? ''}`, HOME: folder, ...environment };
  const child = spawn('sh', ['-eu'], { cwd: folder, env });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(script);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** Starts what the block starts, and ends it once it says where it listens. */
async function startsServer({ text }: Block): Promise<void> {
  const folder = temporaryFolder();
  const env = {
    PATH: `${programsIn(folder)}:${process.env['PATH'] ?? ''}`,
    SIGNPOST_SERVER_PORT: '0',
  };
  const child = spawn('sh', ['-euc', `exec ${text}`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    if (/listens on \S+\n[^]*curl .*\n/.test(printed)) child.kill('SIGTERM');
  });
  assert.equal(await ended, 0, printed);
  assert.match(printed, /^Signpost listens on http:/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name !== 'bin'),
    ['data'],
  );
}

describe('the docs and their snippets', () => {
  for (const page of pages) {
    const { name, blocks } = page;
    const shell = blocks.filter(({ language }) => language === 'sh');

    const run = shell.filter(({ mark }) => mark === '');
    if (run.length > 0)
      it(`work as ${name} has them`, async (t) => (hasCurl ? runPage(page, run) : t.skip('there is no curl here')));

    for (const block of shell.filter(({ mark }) => mark !== '')) {
      const where = `${name}, line ${block.line}`;
      if (block.mark === 'server') it(`start a server where ${where} says so`, () => startsServer(block));
      else if (block.mark === 'checkout') it(`work in a checkout, ${where}`, () => runInCheckout(block));
      else
        it(`say why they cannot be run, or where they are, ${where}`, () => {
          assert.match(block.mark, /^elsewhere: \w/);
          const [test] = /test\/\S+\.ts/.exec(block.mark) ?? [];
          if (test !== undefined) assert.ok(existsSync(join(projectFolder, test)), test);
        });
    }

    for (const { language, text, line } of blocks) {
      if (language === 'json')
        it(`are JSON where ${name} says so, in line ${line}`, () => assert.ok(JSON.parse(text) !== undefined));
      if (language === 'toml')
        it(`are a configuration where ${name} says so, in line ${line}`, async () => {
          const file = join(temporaryFolder(), 'signpost.toml');
          writeFileSync(file, text);
          const checked = await runSignpost(['config', 'check', '--config', file]);
          assert.deepEqual([checked.code, checked.stderr], [0, '']);
        });
    }
  }

  it('have no block that nobody tries', () => {
    for (const { name, blocks } of pages) {
      for (const { language, line } of blocks) {
        if (triedHere.has(language)) continue;
        const elsewhere = triedElsewhere[`${name} ${language}`] ?? assert.fail(`${name}, line ${line}`);
        if (elsewhere.endsWith('.ts'))
          assert.ok(readFileSync(join(projectFolder, elsewhere), 'utf8').includes(name), elsewhere);
      }
    }
  });

  it('show what a first start prints', async () => {
    const [shown, ...more] = pages
      .find(({ name }) => name === 'README.md')!
      .blocks.filter(({ language }) => language === '');
    assert.deepEqual(more, []);
    const server = await startServer();
    const printed = server.stdout().replace(server.address, documentedAddresses[0]!).replace(server.firstKey!, 'sp_…');
    assert.ok(printed.startsWith(shown!.text), printed);
    assert.equal(await server.stop(), 0);
  });

  it('have the same rules for Caddy as deploy/ has', () => {
    const caddyfile = readFileSync(join(projectFolder, 'deploy', 'Caddyfile'), 'utf8');
    const onOneHost = caddyfile.replaceAll('signpost:8787', '127.0.0.1:8787');
    assert.ok(readFileSync(join(docsFolder, 'custom-domains.md'), 'utf8').includes(`\`\`\`\n${onOneHost}\`\`\`\n`));
  });
});
