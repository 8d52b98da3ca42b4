import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { buildClient } from '../../scripts/build/client.ts';
import { clientTypes } from '../../scripts/sdk-types.ts';
import type { OpenApiDocument } from '../../src/http/openapi-shape.ts';
import type { Signpost } from '../../src/sdk/client.ts';
import { ApiClient, sendRequest } from '../support/api-client.ts';
import { noBrowser, startBrowser } from '../support/browser.ts';
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
    const consumer = join(packages, '..', 'consumer');
    mkdirSync(consumer, { recursive: true });
    writeFileSync(join(consumer, 'package.json'), '{"type":"module"}');
    const options = {
      strict: true,
      module: 'nodenext',
      target: 'es2023',
      noEmit: true,
      types: [],
      exactOptionalPropertyTypes: true,
    };
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
    const file = join(consumer, 'example.ts');
    writeFileSync(file, `const apiKey: string = ${JSON.stringify(api.key)};\n${code}`);
    const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');
    execFileSync(process.execPath, [compiler, '-p', consumer], { stdio: 'pipe' });
    const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
    assert.equal(output, `${server.address}/summer-sale was opened 0 times\n`);
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
      fetch,
      URL,
      URLSearchParams,
      AbortSignal,
      AbortController,
      Headers,
      crypto,
      setTimeout,
      clearTimeout,
    };
    const context = createContext({ ...web, TextEncoder, TextDecoder, atob });
    runInContext(outputFiles[0]!.text, context);
    const { Signpost } = runInContext('sdk', context) as Client;
    const signpost = new Signpost({ apiKey: api.key!, baseUrl: server.address });
    const link = await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 'from-the-edge' });
    assert.equal(link.slug, 'from-the-edge');
    await assert.rejects(signpost.webhooks.verify('{}', {}, 'whsec_AAAA'), { name: 'WebhookSignatureError' });
  });

  it('runs in a browser', { skip: noBrowser }, async (test) => {
    const browser = await startBrowser();
    test.after(() => browser.close());
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(`${server.address}/docs`);
    const slug = await page.evaluate(
      async ([code, apiKey, baseUrl]) => {
        const url = URL.createObjectURL(new Blob([code!], { type: 'text/javascript' }));
        const { Signpost } = (await import(url)) as Client;
        const signpost = new Signpost({ apiKey: apiKey!, baseUrl: baseUrl! });
        const { id } = await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 'from-a-browser' });
        return (await signpost.links.get(id)).slug;
      },
      [readFileSync(join(folder, 'index.js'), 'utf8'), api.key, server.address],
    );
    assert.equal(slug, 'from-a-browser');
  });
});
