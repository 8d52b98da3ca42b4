// What a short domain serves besides links: its root, robots.txt and its kind, and paths that nobody knows.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inflateSync } from 'node:zlib';
import { type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import {
  runServeToEnd,
  closeServers,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

after(closeServers);

const dayMs = 24 * 60 * 60 * 1000;

let plain: ServerProcess;
let configured: ServerProcess;
before(async () => {
  plain = await startServer();
  configured = await startServer({
    flags: [
      '--pages-root-redirect=https://www.example/welcome?from=short',
      '--pages-not-found-url=https://www.example/no-such-link',
      '--pages-security-contact=security@example.com',
    ],
  });
});

function open(
  server: ServerProcess,
  path: string,
  { method = 'GET', accept = 'text/html' }: { method?: string; accept?: string } = {},
): Promise<HttpAnswer> {
  return sendRequest(server.address, { method, path, headers: { 'user-agent': personsBrowser, accept } });
}

describe('robots.txt', () => {
  it('lets crawlers fetch short links, which carry a noindex of their own, and keeps them from the API', async () => {
    const answer = await open(plain, '/robots.txt');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(answer.text, 'User-agent: *\nDisallow: /api/\n');
    assert.match(answer.headers['cache-control'] ?? '', /^public, max-age=\d+$/);
  });
});

describe('favicon.ico', () => {
  it('is a small icon that can be kept', async () => {
    const answer = await fetch(`${plain.address}/favicon.ico`);
    assert.equal(answer.headers.get('content-type'), 'image/x-icon');
    assert.match(answer.headers.get('cache-control') ?? '', /^public, max-age=\d+$/);
    const icon = Buffer.from(await answer.arrayBuffer());
    assert.ok(icon.length < 2048, `${icon.length} bytes`);
    assert.deepEqual([...icon.subarray(0, 8)], [0, 0, 1, 0, 1, 0, 32, 32]);
    const png = icon.subarray(icon.readUInt32LE(18));
    assert.equal(png.length, icon.readUInt32LE(14));
    assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
    const at = png.indexOf('IDAT');
    const pixels = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    assert.equal(pixels.length, 32 * (1 + 32 * 4));
  });
});

describe('robots.txt and favicon.ico of the operator', () => {
  const folder = temporaryFolder();
  const file = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const ico = Buffer.from('000001000100', 'hex');

  it('stand in place of ours, as they are', async () => {
    const robots = '# Näher als gedacht\r\nUser-agent: *\r\nDisallow: /\r\n';
    for (const [bytes, type] of [
      [png, 'image/png'],
      [ico, 'image/x-icon'],
    ] as const) {
      const flags = [`--pages-robots-file=${file('r.txt', robots)}`, `--pages-favicon-file=${file('icon', bytes)}`];
      const server = await startServer({ flags });
      const text = await open(server, '/robots.txt');
      assert.deepEqual([text.status, text.text], [200, robots]);
      assert.equal(text.headers['content-type'], 'text/plain; charset=utf-8');
      const icon = await fetch(`${server.address}/favicon.ico`);
      assert.deepEqual(Buffer.from(await icon.arrayBuffer()), bytes);
      assert.equal(icon.headers.get('content-type'), type);
      assert.equal(icon.headers.get('x-content-type-options'), 'nosniff');
      await server.stop();
    }
  });

  it('stop the start where they are missing, too large, or something else', async () => {
    const wrong: [flag: string, path: string, reason: RegExp][] = [
      ['--pages-robots-file', join(folder, 'nothing'), /no such file/],
      ['--pages-robots-file', folder, /is not a file/],
      ['--pages-robots-file', file('latin1', Buffer.from('caf\xe9', 'latin1')), /is not a text in UTF-8/],
      ['--pages-robots-file', file('nul', 'a\0b'), /is not a text in UTF-8/],
      ['--pages-robots-file', file('large', ' '.repeat(500 * 1024 + 1)), /has 512001 bytes, and may have 512000/],
      ['--pages-favicon-file', file('text', 'icon'), /is neither an icon \(\.ico\) nor a PNG/],
      ['--pages-favicon-file', file('empty', ''), /is neither an icon/],
    ];
    for (const [flag, path, reason] of wrong) {
      const end = await runServeToEnd({ dataFolder: temporaryFolder(), flags: [`${flag}=${path}`] });
      assert.notEqual(end.code, 0, path);
      assert.match(end.stderr, reason);
      assert.ok(end.stderr.includes(flag.slice(2).replace('-', '.').replace('-', '_')), end.stderr);
      const said = end.stderr.split('\n').filter((line) => line.includes('cannot read'));
      assert.equal(said.length, 1, end.stderr);
    }
  });
});

describe('security.txt', () => {
  it('is not there unless a contact is set', async () => {
    assert.equal((await open(plain, '/.well-known/security.txt')).status, 404);
  });

  it('names the contact, and a time at which to look again, within a year', async () => {
    const answer = await open(configured, '/.well-known/security.txt');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
    const [, expires = ''] = /^Contact: mailto:security@example\.com\nExpires: (\S+Z)\n$/.exec(answer.text) ?? [];
    const left = Date.parse(expires) - Date.now();
    assert.ok(left > 30 * dayMs && left <= 365 * dayMs, answer.text);
  });
});

describe('the root', () => {
  it('is a small page, JSON on request, where nothing is set', async () => {
    const page = await open(plain, '/');
    assert.equal(page.status, 200);
    assert.match(page.text, /<h1>Signpost<\/h1>/);
    const json = await open(plain, '/?a=b', { accept: 'application/json' });
    assert.deepEqual(JSON.parse(json.text), { success: true, data: { name: 'Signpost' } });
  });

  it('leads where the operator says', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await open(configured, '/', { method });
      assert.deepEqual([answer.status, answer.headers.location], [302, 'https://www.example/welcome?from=short']);
      assert.equal(answer.headers['cache-control'], 'private, no-store');
    }
  });

  it('does not lead back to itself', async () => {
    const server = await startServer({ flags: ['--pages-root-redirect', 'http://go.example/'] });
    const path = '/';
    const same = await sendRequest(server.address, { path, headers: { host: 'go.example' } });
    assert.equal(same.status, 200);
    const other = await sendRequest(server.address, { path, headers: { host: 'short.example' } });
    assert.equal(other.status, 302);
  });
});

describe('an unknown path', () => {
  const unknown = ['/no-such-link', '/a/b', '/no-such-link+', '/%ff', '/.env'];

  it('is a page with 404, JSON on request, where nothing is set', async () => {
    for (const path of unknown) {
      const page = await open(plain, path);
      assert.equal(page.status, 404, path);
      assert.match(page.text, /<h1>There is no such link<\/h1>/);
      const json = await open(plain, path, { accept: 'application/json' });
      assert.equal(json.status, 404);
      assert.equal((JSON.parse(json.text) as { error: { code: string } }).error.code, 'NOT_FOUND');
    }
  });

  it('leads people where the operator says, and tells programs that it is not there', async () => {
    for (const path of unknown) {
      const answer = await open(configured, path);
      assert.deepEqual([answer.status, answer.headers.location], [302, 'https://www.example/no-such-link'], path);
      assert.equal((await open(configured, path, { accept: 'application/json' })).status, 404);
    }
    assert.equal((await open(configured, '/.well-known/acme-challenge/x')).status, 404);
    assert.equal((await open(configured, '/api/v1/nothing')).status, 404);
  });

  it('does not lead back to itself', async () => {
    const server = await startServer({ flags: ['--pages-not-found-url', 'http://go.example/help'] });
    const headers = { host: 'go.example', accept: 'text/html' };
    assert.equal((await sendRequest(server.address, { path: '/nothing', headers })).status, 302);
    assert.equal((await sendRequest(server.address, { path: '/help', headers })).status, 404);
  });
});

describe('every one of them', () => {
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const paths = ['/', '/robots.txt', '/favicon.ico', '/.well-known/security.txt', '/no-such-link'];

  it('answers HEAD as it answers GET, without the body', async () => {
    for (const path of paths) {
      const [get, head] = [await open(configured, path), await open(configured, path, { method: 'HEAD' })];
      assert.deepEqual([head.status, head.text], [get.status, ''], path);
      for (const name of ['content-type', 'content-length', 'cache-control', 'location'])
        assert.equal(head.headers[name], get.headers[name], `${name} of ${path}`);
    }
  });

  it('takes no other method', async () => {
    for (const path of paths.slice(0, -1))
      for (const method of methods) {
        const answer = await open(configured, path, { method });
        assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD'], `${method} ${path}`);
      }
  });

  it('is not there for any method where it is not there, and leads nobody on who sends something', async () => {
    for (const path of ['/no-such-link', '/no-such-link+', '/a/b', '/bio/nobody', '/stats/lnk_none', '/l/no-such-link'])
      for (const method of methods) {
        const answer = await open(configured, path, { method });
        const { allow, location } = answer.headers;
        assert.deepEqual([answer.status, allow, location], [404, undefined, undefined], `${method} ${path}`);
      }
  });

  it('says that its content is what it says it is', async () => {
    for (const path of ['/robots.txt', '/favicon.ico', '/.well-known/security.txt'])
      assert.equal((await open(configured, path)).headers['x-content-type-options'], 'nosniff');
  });
});

describe('the settings', () => {
  const wrong: [flag: string, value: string][] = [
    ['--pages-root-redirect', 'www.example'],
    ['--pages-root-redirect', 'javascript:alert(1)'],
    ['--pages-root-redirect', 'https://user:secret@www.example/'],
    ['--pages-not-found-url', 'ftp://www.example/'],
    ['--pages-not-found-url', 'https://www.example/a b'],
    ['--pages-security-contact', 'http://www.example/contact'],
    ['--pages-security-contact', 'somebody'],
    ['--pages-security-contact', 'a@example.com\nExpires: 2099-01-01T00:00:00Z'],
  ];
  for (const [flag, value] of wrong) {
    it(`refuse to start with ${flag} ${JSON.stringify(value)}`, async () => {
      const end = await runServeToEnd({ dataFolder: temporaryFolder(), flags: [`${flag}=${value}`] });
      assert.equal(end.code, 2);
      assert.match(end.stderr, new RegExp(`in flag ${flag} must be `));
    });
  }
});
