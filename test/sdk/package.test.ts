import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { buildClient } from '../../scripts/build/client.ts';
import { clientTypes } from '../../scripts/sdk-types.ts';
import type { OpenApiDocument } from '../../src/http/openapi-shape.ts';
import type { Signpost } from '../../src/sdk/client.ts';
import { ApiClient, sendRequest } from '../support/api-client.ts';
import { noBrowser, patienceMs, startBrowser } from '../support/browser.ts';
import { deno, noDeno } from '../support/deno.ts';
import { checkTypes, foreignProject, strictProjects } from '../support/foreign-project.ts';
import { closeServers, startServer, temporaryFolder } from '../support/server-process.ts';

const projectFolder = join(import.meta.dirname, '..', '..');
after(closeServers);

const server = await startServer();
const api = ApiClient.of(server);
const packages = join(temporaryFolder(), 'node_modules');
const folder = join(packages, 'signpost-sdk');
await buildClient(folder);

/** What the package gives, of which the tests take this. */
interface Client {
  readonly Signpost: typeof Signpost;
}

/**
 * What every platform has to be able to do: calls with and without bodies, bytes, lists, streams, errors, time limits and signatures.
 * Stands on its own, so that it can be sent to another platform as text.
 */
async function exercise({ Signpost }: Client, apiKey: string, baseUrl: string, slug: string): Promise<string[]> {
  const signpost = new Signpost({ apiKey, baseUrl });
  const done: string[] = [];
  const { id } = await signpost.links.create({ destinationUrl: 'https://example.com/', slug });
  for await (const link of signpost.links.list({ perPage: 1 })) if (link.id === id) done.push(`listed ${link.slug}`);
  const image = await signpost.qr.generate({ url: 'https://example.com/', size: 128, format: 'png' });
  done.push(`drew ${String.fromCodePoint(...image.subarray(1, 4))}`);
  const stop = new AbortController();
  const events = signpost.analytics.live({ link: id, lastEventId: 'clk_00000000000' }, { signal: stop.signal });
  const next = events.next();
  await fetch(`${baseUrl}/${slug}`, { method: 'HEAD', redirect: 'manual' });
  const { value } = await next;
  if (value?.event === 'click') done.push(`heard ${value.data.verdict}`);
  const more = events.next().catch((error: unknown) => done.push(String(error)));
  stop.abort('enough');
  await more;
  for await (const click of signpost.links.exportClicks(id)) done.push(`exported ${click.verdict}`);
  const csv = await signpost.links.exportClicks(id).csv();
  done.push((await new Response(csv).text()).slice(0, 12));
  await signpost.links
    .get('none')
    .catch((error: { name: string; code: string }) => done.push(`${error.name} ${error.code}`));
  const silent = new Signpost({ apiKey, baseUrl, fetch: () => new Promise(() => {}), timeoutMs: 10, maxRetries: 0 });
  await silent.account.me().catch((error: { name: string }) => done.push(error.name));
  const forged = signpost.webhooks.verify('{}', {}, 'whsec_AAAA');
  await forged.catch((error: { name: string }) => done.push(error.name));
  await signpost.links.delete(id);
  return done;
}

const exercised = (slug: string): string[] => [
  `listed ${slug}`,
  'drew PNG',
  'heard head',
  'enough',
  'exported head',
  'id,clickedAt',
  'ApiError NOT_FOUND',
  'TimeoutError',
  'WebhookSignatureError',
];

describe('the package signpost-sdk', () => {
  it('has types that are made of what the server says of itself', async () => {
    const { text } = await sendRequest(server.address, { path: '/openapi.json' });
    const made = readFileSync(join(projectFolder, 'src', 'sdk', 'api-types.ts'), 'utf8');
    assert.equal(made, clientTypes(JSON.parse(text) as OpenApiDocument), 'run `npm run sdk-types`');
  });

  it('is one module without a dependency, with all that it says it has', async () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(
      [manifest['name'], manifest['type'], manifest['dependencies']],
      ['signpost-sdk', 'module', undefined],
    );
    assert.deepEqual(readdirSync(folder).toSorted(), ['LICENSE', 'README.md', 'index.js', 'package.json', 'types']);
    assert.doesNotMatch(
      readFileSync(join(folder, 'index.js'), 'utf8'),
      /\b(?:import|require)\s*[({'"]|\bprocess\b|node:/,
    );
    const { Signpost } = (await import(pathToFileURL(join(folder, 'index.js')).href)) as Client;
    const me = await new Signpost({ apiKey: api.key!, baseUrl: server.address }).account.me();
    assert.equal(me.user.plan, 'unlimited');
  });

  it('runs the example of README as it stands, types and all', () => {
    const readme = readFileSync(join(projectFolder, 'README.md'), 'utf8');
    const [, example = ''] = /^## The client\n[^]*?```ts\n([^]*?)```/m.exec(readme) ?? [];
    assert.equal(example.trimEnd().split('\n').length, 5, example);
    const code = example.replace('https://go.example', server.address);
    const program = `const apiKey: string = ${JSON.stringify(api.key)};\n${code}`;
    const project = foreignProject(packages, 'readme', program, strictProjects.plain);
    checkTypes(project);
    const output = execFileSync(process.execPath, [join(project, 'index.ts')], { encoding: 'utf8' });
    assert.equal(output, `${server.address}/summer-sale was opened 0 times\n`);
  });

  it('runs the program of Go2’s English text, with another import and address', async () => {
    const own = await startServer();
    const program = `import { Signpost as Go2 } from 'signpost-sdk';
const go2 = new Go2({ apiKey: '${own.firstKey}', baseUrl: '${own.address}' });
// Create a link
const link = await go2.links.create({
destinationUrl: 'https://example.com/product',
slug: 'summer-sale',
title: 'Summer Sale Campaign',
tags: ['marketing', 'summer-2024'],
utmSource: 'email',
utmCampaign: 'summer-sale'
});
console.log(\`Created: \${link.shortUrl}\`);
// Get analytics
const stats = await go2.links.stats(link.id);
console.log(\`Total clicks: \${stats.totalClicks}\`);
`;
    const project = foreignProject(packages, 'go2', program, strictProjects.node);
    checkTypes(project);
    const { stdout } = await promisify(execFile)(process.execPath, [join(project, 'index.ts')]);
    assert.equal(stdout, `Created: ${own.address}/summer-sale\nTotal clicks: 0\n`);
  });

  it('does without anything of Node’s, as on an edge worker', async () => {
    const { outputFiles } = await build({
      entryPoints: [join(folder, 'index.js')],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'sdk',
    });
    // What the web platform has, and no more.
    const web = {
      // With the refusal of Cloudflare's workers.
      fetch: (url: string, init?: RequestInit) => {
        if (init?.redirect === 'error')
          throw new TypeError('Invalid redirect value, must be one of "follow" or "manual"');
        return fetch(url, init);
      },
      URL,
      URLSearchParams,
      AbortSignal,
      AbortController,
      Headers,
      Response,
      ReadableStream,
      crypto,
      setTimeout,
      clearTimeout,
      TextEncoder,
      TextDecoder,
      atob,
    };
    const context = createContext(web);
    runInContext(outputFiles[0]!.text, context);
    const run = runInContext(`(${String(exercise)})`, context) as typeof exercise;
    const client = runInContext('sdk', context) as Client;
    const done = await run(client, api.key!, server.address, 'from-the-edge');
    assert.deepEqual([...done], exercised('from-the-edge'));
  });

  it('runs in Deno, which may do nothing but ask the server', { skip: noDeno }, async () => {
    const file = join(temporaryFolder(), 'exercise.mjs');
    const values = [api.key, server.address, 'from-deno'].map((value) => JSON.stringify(value)).join();
    writeFileSync(
      file,
      `import * as client from ${JSON.stringify(pathToFileURL(join(folder, 'index.js')).href)};\n` +
        `console.log(JSON.stringify(await (${String(exercise)})(client, ${values})));\n`,
    );
    const args = ['run', '--no-config', '--no-prompt', `--allow-net=${new URL(server.address).host}`, file];
    const env = { PATH: process.env['PATH'], DENO_NO_UPDATE_CHECK: '1', DENO_DIR: temporaryFolder() };
    const { stdout } = await promisify(execFile)(deno!, args, { env });
    assert.deepEqual(JSON.parse(stdout), exercised('from-deno'));
  });

  it('runs in a browser', { skip: noBrowser }, async (test) => {
    const browser = await startBrowser();
    test.after(() => browser.close());
    const page = await browser.newPage({ bypassCSP: true });
    page.setDefaultTimeout(patienceMs);
    await page.goto(`${server.address}/docs`);
    const done = await page.evaluate(
      async ([code, run, apiKey, baseUrl]) => {
        const imported = (source: string): Promise<unknown> =>
          import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
        const client = (await imported(code!)) as Client;
        const { exercise: inPage } = (await imported(`export const exercise = ${run}`)) as {
          exercise: typeof exercise;
        };
        return inPage(client, apiKey!, baseUrl!, 'from-a-browser');
      },
      [readFileSync(join(folder, 'index.js'), 'utf8'), String(exercise), api.key, server.address],
    );
    assert.deepEqual(done, exercised('from-a-browser'));
  });
});
