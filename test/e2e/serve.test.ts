import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { ApiClient, sendRequest } from '../support/api-client.ts';
import { Load } from '../support/load.ts';
import { closeServers, runServeToEnd, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** The request that a printed curl line makes. */
function requestOf(curl: string) {
  const [, method, address = '', body] = /^curl -X (\w+) '([^']+)' .* -d '([^']+)'$/.exec(curl) ?? assert.fail(curl);
  const headers = Object.fromEntries(
    [...curl.matchAll(/-H '([^:']+): ([^']+)'/g)].map(([, name, value]) => [name!, value!]),
  );
  const { origin, pathname } = new URL(address);
  return { origin, request: { method: method!, path: pathname, headers, body: body! } };
}

describe('the first start', () => {
  it('prints the address, a key, and a curl that makes the first link, and nothing else', async () => {
    const server = await startServer();
    const lines = server.stdout().split('\n');
    const curl = lines.find((line) => line.trim().startsWith('curl '))?.trim() ?? '';
    assert.match(server.address, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(server.firstKey ?? '', /^sp_[0-9A-Za-z]{36}$/);
    assert.deepEqual(
      lines.filter((line) => line !== ''),
      [
        `Signpost listens on ${server.address}`,
        'Your API key. It is shown this once; keep it:',
        `  ${server.firstKey}`,
        'Make the first link:',
        `  ${curl}`,
      ],
    );
    const { origin, request } = requestOf(curl);
    assert.equal(origin, server.address);
    const made = await sendRequest(origin, request);
    assert.equal(made.status, 201, made.text);

    const api = ApiClient.of(server);
    const [first] = (await api.get('/links')).data<{ id: string; slug: string; destinationUrl: string }[]>();
    assert.equal((await api.visit(first!.slug)).headers.location, first!.destinationUrl);
    assert.equal((await api.link(first!.id)).clickCount, 1);
    await server.kill();
  });

  it('prints a curl that a shell runs as it stands', { skip: !hasCurl && 'there is no curl' }, async () => {
    const server = await startServer();
    const curl = /^ *(curl .*)$/m.exec(server.stdout())?.[1] ?? '';
    const { status, stdout } = spawnSync('sh', ['-c', curl], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /"shortUrl":"http:\/\/127\.0\.0\.1:\d+\/\w+"/);
    await server.kill();
  });

  it('writes the key to no log and no file', async () => {
    const server = await startServer({ flags: ['--log-level', 'trace', '--log-format', 'json'] });
    const key = server.firstKey!;
    const api = ApiClient.of(server);
    const link = await api.createLink();
    await api.visit(`${link.slug}?key=1`);
    await api.post('/links', { destinationUrl: 'nonsense' });
    await new ApiClient(server.address, `${key.slice(0, -1)}!`).get('/links');
    // Before the log is folded into the database, and after.
    await server.kill();
    const files = () => readdirSync(server.dataFolder).map((name) => readFileSync(join(server.dataFolder, name)));
    const killed = files();
    const again = await startServer({ dataFolder: server.dataFolder, flags: ['--log-level', 'trace'] });
    assert.equal(await again.stop(), 0);
    for (const secret of [key, key.slice(3, 33)]) {
      for (const bytes of [...killed, ...files()]) assert.ok(!bytes.includes(secret));
      assert.ok(
        !server.stderr().includes(secret) && !again.stderr().includes(secret) && !again.stdout().includes(secret),
      );
    }
  });

  it('keeps its key for the next one when it fails before it could show it', async () => {
    const dataFolder = temporaryFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const failed = await runServeToEnd({ dataFolder, flags: ['--server-port', port] });
    taken.close();
    assert.equal(failed.code, 1);
    assert.equal(failed.stdout, '');
    assert.match(failed.stderr, /^signpost: cannot listen on 127\.0\.0\.1 port \d+: .*EADDRINUSE.*\n$/m);

    const server = await startServer({ dataFolder, printsKey: true });
    await ApiClient.of(server).createLink();
    await server.kill();
  });
});

describe('a later start', () => {
  it('prints the address alone, and has what was there', async () => {
    const first = await startServer();
    const { slug, id } = await ApiClient.of(first).createLink();
    assert.equal(await first.stop(), 0);
    const second = await startServer({ dataFolder: first.dataFolder });
    const api = new ApiClient(second.address, first.firstKey);
    assert.equal((await api.visit(slug)).status, 302);
    assert.equal((await api.link(id)).clickCount, 1);
    assert.equal(await second.stop(), 0);
    assert.equal(second.stdout(), `Signpost listens on ${second.address}\n`);
  });

  it('works after kill -9, whoever has the dead process’s number by now', async () => {
    const first = await startServer();
    const { id, slug } = await ApiClient.of(first).createLink();
    await ApiClient.of(first).visit(slug);
    await first.kill();
    const lockFile = join(first.dataFolder, 'signpost.lock');
    assert.equal(readFileSync(lockFile, 'utf8'), `${first.pid}\n`);
    writeFileSync(lockFile, `${process.pid}\n`);

    const second = await startServer({ dataFolder: first.dataFolder });
    assert.equal(readFileSync(lockFile, 'utf8'), `${second.pid}\n`);
    assert.equal((await new ApiClient(second.address, first.firstKey).link(id)).clickCount, 1);
    assert.equal(await second.stop(), 0);
  });
});

describe('a second server on the same folder', () => {
  it('ends with 3 and the first one’s number, and does not disturb it', async () => {
    const first = await startServer();
    const api = ApiClient.of(first);
    const { id, slug } = await api.createLink();
    const load = new Load({ port: first.port, slugs: [slug], connections: 8 });
    await load.redirects(100);
    for (let tries = 0; tries < 2; tries++) {
      const second = await runServeToEnd({ dataFolder: first.dataFolder });
      assert.deepEqual(second, {
        code: 3,
        signal: null,
        stdout: '',
        stderr: `signpost: another Signpost process (pid ${first.pid}) is using ${first.dataFolder}\n`,
      });
    }
    const { cut, others, slugs } = await load.stop();
    assert.deepEqual([cut, others.size], [0, 0]);
    assert.equal((await api.link(id)).clickCount, slugs.get(slug)!.people.redirected);
    assert.equal(await first.stop(), 0);
  });
});

describe('a second server on the folder of one that stands still', () => {
  it('ends with 3, and the first goes on', async () => {
    const first = await startServer();
    const api = ApiClient.of(first);
    const { slug } = await api.createLink();
    process.kill(first.pid, 'SIGSTOP');
    const second = await runServeToEnd({ dataFolder: first.dataFolder });
    process.kill(first.pid, 'SIGCONT');
    assert.equal(second.code, 3);
    assert.match(second.stderr, /^signpost: another Signpost process \(pid \d+\) is using \S+\n$/);
    assert.equal((await api.visit(slug)).status, 302);
    assert.equal(await first.stop(), 0);
  });
});

describe('the command line beside a running server', () => {
  const keyIdOf = async (dataFolder: string, name: string): Promise<string> => {
    const listed = await runSignpost(['keys', 'list', '--json', '--data-dir', dataFolder]);
    const keys = JSON.parse(listed.stdout) as { id: string; name: string }[];
    return keys.find((key) => key.name === name)?.id ?? assert.fail(listed.stdout);
  };

  it('makes keys that work at once, and revokes them at once', async () => {
    const server = await startServer();
    const { dataFolder } = server;
    const signpost = (...args: string[]) => runSignpost([...args, '--data-dir', dataFolder]);
    const user = await signpost('users', 'create', '--email', 'ann@example.org', '--name', 'Ann');
    const made = await signpost('keys', 'create', '--user', user.stdout.trim(), '--name', 'shell');
    assert.deepEqual({ ...made, stdout: '' }, { code: 0, signal: null, stdout: '', stderr: '' });

    const api = new ApiClient(server.address, made.stdout.trim());
    const link = await api.createLink();
    assert.equal((await ApiClient.of(server).get(`/links/${link.id}`)).status, 404, 'it is another user');
    assert.equal((await signpost('keys', 'revoke', await keyIdOf(dataFolder, 'shell'))).code, 0);
    const refused = await api.get(`/links/${link.id}`);
    assert.deepEqual([refused.status, refused.error.code], [401, 'UNAUTHORIZED']);
    assert.equal((await api.visit(link.slug)).status, 302, 'the link lives on');
    await server.kill();
  });

  it('works under full load, and costs no click', async () => {
    const server = await startServer({ flags: ['--clicks-durability', 'process'] });
    const { dataFolder } = server;
    const { slug } = await ApiClient.of(server).createLink();
    const load = new Load({ port: server.port, slugs: [slug], connections: 16 });
    await load.redirects(500);
    const user = ['--email', 'ann@example.org', '--name', 'Ann', '--data-dir', dataFolder];
    const made = await runSignpost(['users', 'create', ...user]);
    assert.deepEqual({ ...made, stdout: '' }, { code: 0, signal: null, stdout: '', stderr: '' });
    const key = await runSignpost([
      'keys',
      'create',
      '--user',
      'ann@example.org',
      '--name',
      'k',
      '--data-dir',
      dataFolder,
    ]);
    assert.equal((await new ApiClient(server.address, key.stdout.trim()).get('/links')).status, 200, key.stderr);
    const [code, { cut, others, slugs }] = await Promise.all([server.stop(), load.ended()]);
    assert.deepEqual([code, cut, others.size], [0, 0, 0]);
    const { people, crawlers } = slugs.get(slug)!;
    const reader = openReader(dataFolder);
    assert.equal(reader.prepare('SELECT count(*) FROM clicks').pluck().get(), people.redirected + crawlers.redirected);
    assert.deepEqual(auditRollUps(reader), []);
    reader.close();
  });
});
