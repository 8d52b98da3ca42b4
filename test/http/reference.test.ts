// GET /docs: the API's description as one page, complete and with nothing to fetch.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { ApiDocument } from '../support/api-document.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);

let server: ServerProcess;
let page: HttpAnswer;
let api: ApiDocument;
before(async () => {
  server = await startServer();
  page = await sendRequest(server.address, { path: '/docs' });
  api = new ApiDocument(JSON.parse((await sendRequest(server.address, { path: '/openapi.json' })).text));
});

const all = (pattern: RegExp): string[] => [...page.text.matchAll(pattern)].map(([, found = '']) => found);

/** The part of the page that has this id. */
function partOf(id: string): string {
  const start = page.text.indexOf(`<section class="part" id="${id}">`);
  assert.notEqual(start, -1, `${id} is not there`);
  return page.text.slice(start, page.text.indexOf('</section>', start));
}

const decoded = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

describe('the page about the API', () => {
  it('needs no script and fetches nothing', () => {
    assert.equal(page.status, 200);
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    const [css = ''] = all(/<style>([^]*?)<\/style>/g);
    const hash = createHash('sha256').update(css).digest('base64');
    const policy = String(page.headers['content-security-policy']).split('; ');
    for (const rule of ["default-src 'none'", `style-src 'sha256-${hash}'`, "base-uri 'none'", "form-action 'none'"])
      assert.ok(policy.includes(rule), `${rule} is not in ${policy.join('; ')}`);
    for (const rule of policy) assert.match(rule, /^[a-z-]+ '(?:none|self|sha256-[\w+/=]+)'$/);
    assert.doesNotMatch(page.text, /<script|<link|<img|<iframe|\ssrc=|\sstyle=|\son\w+=|@import|url\(/);
    assert.deepEqual(
      [...new Set(all(/href="([^"#]+)"/g))],
      ['/openapi.json'],
      'it leads nowhere else than to the document',
    );
  });

  it('has a place for every operation, error and object, and every link in it leads to one', () => {
    const ids = all(/\sid="([^"]+)"/g);
    assert.equal(new Set(ids).size, ids.length, 'ids are given once');
    const { components } = api.document;
    const wanted = [
      ...api.operations.map(({ operationId }) => operationId),
      ...Object.keys(components.responses).map((code) => `error-${code}`),
      ...Object.keys(components.schemas).map((name) => `schema-${name}`),
    ];
    const links = all(/href="#([^"]+)"/g);
    for (const id of wanted) assert.ok(ids.includes(id), `${id} is not there`);
    for (const { operationId } of api.operations) assert.ok(links.includes(operationId), `no link to ${operationId}`);
    assert.deepEqual(
      links.filter((id) => !ids.includes(id)),
      [],
      'these lead nowhere',
    );
  });

  it('shows of each operation how to ask it, with what, and what it answers', () => {
    for (const operation of api.operations) {
      const part = decoded(partOf(operation.operationId));
      const scope = operation.security.flatMap((requirement) => requirement['apiKey'] ?? [])[0];
      const expected = [
        `<span class="method">${operation.method}</span> <code>${operation.path}</code>`,
        `<a href="#${operation.operationId}">${operation.summary}</a>`,
        scope === undefined ? 'Needs no key.' : `Needs a key with <code>${scope}</code>.`,
        ...operation['x-codeSamples'].map(({ source }) => source),
        ...(operation.parameters ?? []).map((one) => `<code class="name">${nameOf(one)}</code>`),
        ...Object.keys(operation.responses),
      ];
      for (const text of expected) assert.ok(part.includes(text), `${operation.operationId} does not show ${text}`);
    }
  });

  it('shows the fields of each object with type, limits and whether they are needed', () => {
    const part = partOf('schema-NewLink');
    const [, destination = '', slug = ''] = part.split('<dt>');
    assert.match(destination, /destinationUrl.*string.*required/s);
    assert.match(destination, /at most 8,192 characters/);
    assert.match(slug, /"name">slug<.*string or null/s);
    assert.doesNotMatch(slug, /required/);
    assert.match(part, /<code>301<\/code>, <code>302<\/code>/);
    assert.match(partOf('schema-LinkStats'), /byCountry<.*list of object.*"name">country</s);
  });

  it('is sent once to a client that keeps it, and takes GET and HEAD alone', async () => {
    const { etag = '' } = page.headers;
    const again = await sendRequest(server.address, { path: '/docs', headers: { 'if-none-match': etag } });
    assert.deepEqual([again.status, again.text], [304, '']);
    const head = await sendRequest(server.address, { method: 'HEAD', path: '/docs' });
    assert.deepEqual([head.status, head.text, head.headers.etag], [200, '', etag]);
    const post = await sendRequest(server.address, { method: 'POST', path: '/docs' });
    assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD']);
  });
});

function nameOf(parameter: object): string {
  return api.resolve<{ readonly name: string }>(parameter as { readonly name: string }).name;
}
