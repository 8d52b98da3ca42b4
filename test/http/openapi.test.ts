// The OpenAPI document: valid by a public validator, complete, true to what the server does, and readable as a page.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { scopes } from '../../src/accounts/scopes.ts';
import { errorCodes } from '../../src/core/errors.ts';
import { statusOf } from '../../src/http/answer.ts';
import type { OpenApiContent, OpenApiParameter, OpenApiResponse } from '../../src/http/openapi-shape.ts';
import { addKey, addUser } from '../support/accounts.ts';
import { ApiClient, type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { ApiDocument, type PlacedOperation } from '../support/api-document.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const projectFolder = join(import.meta.dirname, '..', '..');

let server: ServerProcess;
let client: ApiClient;
let answer: HttpAnswer;
let api: ApiDocument;
before(async () => {
  server = await startServer();
  client = ApiClient.of(server);
  answer = await sendRequest(server.address, { path: '/openapi.json' });
  api = new ApiDocument(JSON.parse(answer.text));
});

const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;
/** Those that the router serves; short links are answered before it. */
const routed = (): PlacedOperation[] => api.operations.filter(({ tags }) => !tags.includes('Redirects'));

/** Every route that the sources make, read from their text: a second witness beside the routes themselves. */
function routesInSources(): string[] {
  const files = ['api', 'pages'].flatMap((folder) => {
    const path = join(projectFolder, 'src', folder);
    return readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8'));
  });
  return files.flatMap((text) =>
    [...text.matchAll(/method: '([A-Z]+)',\s+path: '([^']+)'/g)].map(
      ([, method, path]) => `${method} ${path?.replace(/:(\w+)/g, '{$1}')}`,
    ),
  );
}

/** The path with something in place of every parameter. */
function somePath({ path }: PlacedOperation): string {
  return path.replace(/\{\w+\}/g, 'unknown');
}

type Named = readonly [where: string, parts: readonly string[], content: OpenApiContent];

function contentsOf(operation: PlacedOperation): Named[] {
  const { path, method, requestBody, responses } = operation;
  const start = ['paths', path, method.toLowerCase()];
  const inBody = Object.entries(requestBody?.content ?? {}).map(([type, content]): Named => [
    `${nameOf(operation)} body`,
    [...start, 'requestBody', 'content', type, 'schema'],
    content,
  ]);
  const inAnswers = Object.entries(responses).flatMap(([status, response]) =>
    '$ref' in response ? [] : contentsOfResponse(response, [...start, 'responses', status]),
  );
  return [...inBody, ...inAnswers];
}

function contentsOfResponse({ content = {} }: OpenApiResponse, start: readonly string[]): Named[] {
  return Object.entries(content).map(([type, one]) => [start.join(' '), [...start, 'content', type, 'schema'], one]);
}

describe('the OpenAPI document', () => {
  it('is valid by the schema of OpenAPI 3.1', async () => {
    const validator = new Validator();
    assert.deepEqual(await validator.validate(JSON.parse(answer.text) as Record<string, unknown>), { valid: true });
    assert.equal(validator.version, '3.1');
  });

  it('is the same at both of its addresses, without a key, and names the server that it describes', async () => {
    const below = await client.get('/openapi.json');
    assert.equal(below.text, answer.text);
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(api.document.servers, [{ url: server.address }]);
  });

  it('is sent once to a client that keeps it', async () => {
    const { etag = '' } = answer.headers;
    assert.match(etag, /^"[\w-]{22}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await sendRequest(server.address, { path: '/openapi.json', headers: { 'if-none-match': known } });
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag], known);
    }
    const changed = await sendRequest(server.address, { path: '/openapi.json', headers: { 'if-none-match': '"x"' } });
    assert.deepEqual([changed.status, changed.text], [200, answer.text]);
  });

  it('answers HEAD with the headers alone', async () => {
    const head = await sendRequest(server.address, { method: 'HEAD', path: '/openapi.json' });
    assert.deepEqual([head.status, head.text, head.headers.etag], [200, '', answer.headers.etag]);
    assert.equal(head.headers['content-length'], String(Buffer.byteLength(answer.text)));
  });

  it('has every route of the sources', () => {
    const listed = new Set(api.operations.map(nameOf));
    const found = routesInSources();
    assert.ok(found.length > 15, 'the routes were not found');
    assert.deepEqual(
      found.filter((route) => !listed.has(route)),
      [],
    );
  });

  it('has no route that the server does not serve', async () => {
    for (const operation of routed()) {
      const { method } = operation;
      const asked = await sendRequest(server.address, { method, path: somePath(operation) });
      const told = `${nameOf(operation)} ${asked.text.slice(0, 200)}`;
      // Without a key and a body, a route can say no more than this; what a made-up name stands for is not there.
      const bodiless = operation.path.includes('{') ? 404 : 200;
      const publicStatus = operation.requestBody === undefined ? bodiless : 400;
      assert.equal(asked.status, operation.security.length === 0 ? publicStatus : 401, told);
      assert.doesNotMatch(asked.text, /no such path/, told);
    }
  });

  it('lists every method that the server takes at its paths', async () => {
    for (const path of new Set(routed().map(somePath))) {
      const methods = routed()
        .filter((operation) => somePath(operation) === path)
        .map(({ method }) => method);
      const refused = await sendRequest(server.address, { method: 'OPTIONS', path });
      const allowed = (refused.headers.allow ?? '').split(', ').filter((method) => method !== 'HEAD');
      assert.deepEqual(allowed.toSorted(), methods.toSorted(), path);
    }
  });
});

describe('every operation', () => {
  it('says what it does, in a chapter, under a name of its own', () => {
    const chapters = new Set(api.document.tags.map(({ name }) => name));
    for (const { operationId, summary, description, tags } of api.operations) {
      assert.match(operationId, /^[a-z]+(?:[A-Z][a-z]+)*$/);
      assert.match(summary, /^[A-Z].*[^.]$/);
      assert.notEqual(description, '');
      assert.ok(tags.length === 1 && chapters.has(tags[0] ?? ''), operationId);
    }
    assert.equal(new Set(api.operations.map(({ operationId }) => operationId)).size, api.operations.length);
  });

  it('names the scope that its key needs, and the server asks for that one', async () => {
    const narrow = async (scope: string): Promise<ApiClient> => {
      const made = await client.post('/api-keys', { name: scope, scopes: [scope] });
      return new ApiClient(server.address, made.data<{ secret: string }>().secret);
    };
    const [reader, other] = [await narrow('links:read'), await narrow('qr:*')];
    for (const operation of routed()) {
      const needed = operation.security.flatMap((requirement) => requirement['apiKey'] ?? []);
      // A key may always revoke itself; whether it may more than that, its scope does not say.
      if (operation.security.length === 0 || operation.operationId === 'revokeApiKey') continue;
      assert.equal(needed.length, 1, nameOf(operation));
      const scope = needed[0] ?? '';
      assert.ok(['any-key', 'full-key', ...scopes].includes(scope), scope);
      const path = somePath(operation).replace('/api/v1', '');
      for (const [by, own] of [
        [reader, 'links:read'],
        [other, 'qr:*'],
      ] as const) {
        const asked = await by.send(operation.method, path, operation.requestBody === undefined ? undefined : {});
        const isRefused = asked.status === 403 && asked.error.message.startsWith('this key');
        assert.equal(isRefused, scope !== 'any-key' && scope !== own, nameOf(operation));
      }
    }
  });

  it('has a schema for each parameter of its path, and an example of it', () => {
    for (const operation of api.operations) {
      const parameters = (operation.parameters ?? []).map((one) => api.resolve<OpenApiParameter>(one));
      const inPath = parameters.filter((one) => one.in === 'path');
      const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      assert.deepEqual(inPath.map(({ name }) => name).toSorted(), names.toSorted(), nameOf(operation));
      for (const { name, description, schema, required } of inPath) {
        assert.ok(required && description !== undefined && schema.examples?.length, `${nameOf(operation)} ${name}`);
      }
    }
  });

  it('lists errors, each with the status that it has and an example', () => {
    for (const operation of api.operations) {
      const errors = Object.entries(operation.responses).filter(([status]) => /^[45]/.test(status));
      assert.ok(errors.length > 0, nameOf(operation));
      for (const [status, response] of errors) {
        const { content = {} } = api.resolve<OpenApiResponse>(response);
        const codes = Object.keys(content['application/json']?.examples ?? {});
        assert.notDeepEqual(codes, [], `${nameOf(operation)} ${status}`);
        for (const code of codes.filter((name) => name in statusOf))
          assert.equal(String(statusOf[code as keyof typeof statusOf]), status, `${nameOf(operation)} ${code}`);
      }
    }
  });

  it('shows examples of its JSON, and each passes the schema beside it', () => {
    for (const operation of api.operations) {
      for (const [where, parts, { examples = {} }] of contentsOf(operation)) {
        const isJson = parts.includes('application/json');
        assert.equal(Object.keys(examples).length > 0, isJson, `${where} has no example`);
        for (const [name, { value }] of Object.entries(examples))
          assert.deepEqual(api.valueProblems(value, ...parts), [], `${where}: ${name}`);
      }
    }
  });

  it('shows how to ask it with curl', () => {
    for (const operation of api.operations) {
      const [sample, ...more] = operation['x-codeSamples'];
      assert.ok(sample !== undefined && more.length === 0, nameOf(operation));
      assert.ok(sample.source.startsWith('curl '), sample.source);
      assert.ok(sample.source.includes(server.address), sample.source);
      assert.equal(sample.source.includes('$SIGNPOST_KEY'), operation.security.length > 0, sample.source);
      assert.doesNotMatch(sample.source, /:id|\{id\}|:slug/);
    }
  });

  it('takes an Idempotency-Key where the handler does', async () => {
    const listed = routed().filter(({ parameters = [] }) =>
      parameters.some((one) => api.resolve<OpenApiParameter>(one).name === 'Idempotency-Key'),
    );
    // Every POST does, but for those that make and change nothing.
    const others = routed().filter((operation) => operation.method === 'POST' && !listed.includes(operation));
    assert.deepEqual(others.map(({ path }) => path.replace('/api/v1', '')).toSorted(), [
      '/links/{id}/explain',
      '/qr/batch',
      '/qr/generate',
    ]);
    const admin = addKey(server, addUser(server).id, { scopes: ['admin'] });
    for (const operation of routed().filter(({ method }) => method === 'POST')) {
      const example = Object.values(operation.requestBody?.content['application/json']?.examples ?? {})[0]?.value;
      const path = somePath(operation).replace('/api/v1', '');
      const asked = await admin.send('POST', path, example, { 'idempotency-key': 'a b' });
      const isRefused = asked.status === 400 && asked.error.details?.[0]?.path === 'Idempotency-Key';
      assert.equal(isRefused, listed.includes(operation), `${nameOf(operation)} ${asked.text.slice(0, 200)}`);
    }
  });
});

describe('the errors of the document', () => {
  it('are all that there are, each with an example that passes', () => {
    const { responses } = api.document.components;
    assert.deepEqual(Object.keys(responses), [...errorCodes]);
    for (const [code, response] of Object.entries(responses)) {
      for (const [, parts, { examples = {} }] of contentsOfResponse(response, ['components', 'responses', code])) {
        assert.deepEqual(Object.keys(examples), [code]);
        assert.deepEqual(api.valueProblems(examples[code]?.value, ...parts), [], code);
      }
    }
  });
});

describe('a recorded exchange', () => {
  const exchange = (change: Partial<HttpAnswer>, request: { method?: string; path?: string; body?: unknown } = {}) =>
    api.problemsOf({
      address: server.address,
      method: 'GET',
      path: '/api/v1/links/lnk_1',
      body: undefined,
      ...request,
      answer: { status: 404, text: '', ...change, headers: { ...jsonHeaders, ...change.headers } },
    });
  const jsonHeaders = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'req_1' };
  const error = (code: string, more: object = {}): string =>
    JSON.stringify({ success: false, error: { code, message: 'no', ...more } });

  it('passes when the document allows it', async () => {
    assert.deepEqual(exchange({ text: error('NOT_FOUND') }), []);
    assert.deepEqual(exchange({ text: error('NOT_FOUND') }, { path: '/api/v1/nothing' }), []);
    const { answer: made } = await recorded('POST', '/links', { destinationUrl: 'https://example.com/' });
    assert.equal(made.status, 201);
  });

  it('does not when status, code, headers, type or keys are others', () => {
    const wrong: [string, Partial<HttpAnswer>, RegExp][] = [
      ['a status', { status: 402, text: error('LIMIT_REACHED') }, /does not list the status 402/],
      ['a code', { text: error('SLUG_EXISTS') }, /\/error\/code must be equal to one of/],
      ['a key', { text: error('NOT_FOUND', { hint: 'x' }) }, /additional.*hint/],
      ['a type', { text: error('NOT_FOUND'), headers: { 'content-type': 'text/html' } }, /type text\/html/],
      ['a header', { status: 401, text: error('UNAUTHORIZED') }, /WWW-Authenticate is missing/],
      ['no path', { status: 400, text: error('NOT_FOUND') }, /no such path/],
    ];
    for (const [name, change, expected] of wrong) {
      const request = name === 'no path' ? { path: '/api/v1/nothing' } : {};
      assert.match(exchange(change, request).join('\n'), expected, name);
    }
  });

  it('does not when the body is another, or was accepted against the document', async () => {
    const { answer: made, ...request } = await recorded('POST', '/links', { destinationUrl: 'https://example.com/' });
    const body = JSON.parse(made.text) as { data: Record<string, unknown> };
    const problems = (data: object, sent: unknown = request.body): string =>
      api
        .problemsOf({ ...request, body: sent, answer: { ...made, text: JSON.stringify({ ...body, data }) } })
        .join('\n');
    const { slug: _, ...without } = body.data;
    assert.match(problems(without), /slug/);
    assert.match(problems({ ...body.data, secret: 1 }), /additional.*secret/);
    assert.match(problems({ ...body.data, createdAt: 'yesterday' }), /date-time/);
    assert.match(problems(body.data, { destinationUrl: 'https://example.com/', nonsense: 1 }), /accepted.*nonsense/);
  });

  async function recorded(method: string, path: string, body: unknown) {
    const headers = { authorization: `Bearer ${client.key}`, 'content-type': 'application/json' };
    const request = { method, path: `/api/v1${path}` };
    const sent = await sendRequest(server.address, { ...request, headers, body: JSON.stringify(body) });
    return { ...request, address: server.address, body, answer: sent };
  }

  it('is checked in every test of the API', () => {
    const folder = join(projectFolder, 'test', 'http');
    const unchecked = readdirSync(folder).filter((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return name.endsWith('.test.ts') && /\bApiClient\b/.test(text) && !/^checkExchanges\(\);$/m.test(text);
    });
    assert.deepEqual(unchecked, [], 'these use ApiClient: say checkExchanges() at the top');
  });
});
