// What deploy/ promises, as far as it shows without a container engine: the image's files, user, settings and health check.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { ApiClient, sendRequest } from '../support/api-client.ts';
import { findTarget } from '../../scripts/build/target.ts';
import { builtExecutable } from '../support/executable-build.ts';
import { freePort } from '../support/free-port.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const projectFolder = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** Of each stage, in order. */
function stagesOf(dockerfile: string): Instruction[][] {
  const lines = dockerfile.replaceAll(/\\\n\s*/g, ' ').split('\n');
  const instructions = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', words = ''] = /^([A-Z]+) +(.+)$/.exec(line) ?? assert.fail(`no instruction: ${line}`);
      return { name, words };
    });
  const stages: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') stages.push([]);
    stages.at(-1)!.push(instruction);
  }
  return stages;
}

const stages = stagesOf(read('deploy/Dockerfile'));
const image = new Map(stages.at(-1)!.map(({ name, words }) => [name, words]));
const environment = Object.fromEntries(
  image
    .get('ENV')!
    .split(' ')
    .map((pair) => pair.split('=')),
) as Record<string, string>;
const exec = (words: string): string[] => JSON.parse(words.slice(words.indexOf('['))) as string[];

const whyNoImage =
  (`${process.platform}-${process.arch}` !== 'linux-x64' && 'built for linux-x64') ||
  (process.getuid?.() !== 0 && 'only root can give a file to the user of the image') ||
  (spawnSync('setpriv', '--reuid=65532 --regid=65532 --clear-groups bwrap --unshare-user --ro-bind / / true'.split(' '))
    .status !== 0 &&
    'bwrap cannot be used here');

describe('the Dockerfile', () => {
  it('knows its instructions', () => {
    const known = 'FROM COPY RUN USER WORKDIR ENV VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD'.split(' ');
    for (const { name } of stages.flat()) assert.ok(known.includes(name), name);
  });

  it('ends in nothing but what it copies, with an unprivileged user and one volume', () => {
    assert.equal(image.get('FROM'), 'scratch');
    assert.equal(image.has('RUN'), false);
    assert.match(image.get('USER')!, /^[1-9]\d+:[1-9]\d+$/);
    assert.equal(image.get('VOLUME'), environment['SIGNPOST_DATA_DIR']);
  });

  it('starts and checks by commands that there are, without a shell', async () => {
    assert.deepEqual(exec(image.get('ENTRYPOINT')!), ['/signpost']);
    for (const [command] of [exec(image.get('CMD')!), exec(image.get('HEALTHCHECK')!).slice(1)])
      assert.equal((await runSignpost(['help', command!])).code, 0);
  });

  it('and the compose file set options that there are', async () => {
    const compose = read('deploy/compose.yaml');
    const set = [...compose.matchAll(/^ +(SIGNPOST_\w+): "(.*)"$/gm)].map(([, name, value]) => [
      name,
      value!.replace(/\$\{SIGNPOST_HOST[^}]*\}/, 'go.example'),
    ]);
    assert.equal(set.length, 2);
    const checked = await runSignpost(['config', 'check'], {
      ...environment,
      ...(Object.fromEntries(set) as Record<string, string>),
    });
    assert.deepEqual([checked.code, checked.stderr], [0, '']);
    const proxy = /ipv4_address: ([\d.]+)/.exec(compose)?.[1];
    assert.ok(compose.includes(`SIGNPOST_SERVER_TRUSTED_PROXIES: "${proxy}/32"`));
  });

  it('copies every library that the executable needs', (t) => {
    const executable = join(projectFolder, 'dist', 'signpost');
    if (process.platform !== 'linux' || !existsSync(executable)) return t.skip('there is no dist/signpost here');
    const run = stages[0]!.find(({ name }) => name === 'RUN')!.words;
    const list = run
      .slice(0, run.indexOf('done') + 'done'.length)
      .replace('ldd /image/signpost', `ldd '${executable}'`)
      .replace(/install -D .*?; done/, 'echo "$library"; done');
    const libraries = spawnSync('sh', ['-c', list], { encoding: 'utf8' }).stdout.trim().split('\n');
    for (const library of libraries) assert.ok(existsSync(library), library);
    for (const name of ['libc.so', 'libstdc++.so', 'libm.so', 'ld-linux'])
      assert.ok(
        libraries.some((library) => library.includes(name)),
        name,
      );
    // What is inside it is linked to others than it is itself.
    const { sqliteAddon, argon2Addon } = findTarget(projectFolder, 'linux-x64');
    for (const part of [sqliteAddon, argon2Addon])
      for (const [library] of spawnSync('ldd', [part], { encoding: 'utf8' }).stdout.matchAll(/(?<=\s)\/\S+/g))
        assert.ok(libraries.includes(library), `${part} needs ${library}`);
  });
});

describe('the compose file and its Caddyfile', () => {
  const compose = read('deploy/compose.yaml');
  const [, signpost = '', caddy = ''] = /^ {2}signpost:\n([^]*?)^ {2}caddy:\n([^]*?)^networks:/m.exec(compose) ?? [];
  const caddyfile = read('deploy/Caddyfile');

  it('lock the server in, keep its data, and let nobody in but the proxy', () => {
    for (const line of [
      'read_only: true',
      'cap_drop: [ALL]',
      'security_opt: ["no-new-privileges:true"]',
      'restart: unless-stopped',
      'build: { context: .., dockerfile: deploy/Dockerfile }',
    ])
      assert.ok(signpost.includes(`    ${line}\n`), line);
    assert.doesNotMatch(signpost, /ports:|privileged|network_mode|user:/);
    const volume = image.get('VOLUME')!;
    assert.ok(signpost.includes(`    volumes: ["data:${volume}"]\n`), signpost);
    assert.match(compose, /^volumes:\n {2}data: \{\}\n/m);
    assert.match(caddy, /depends_on: \{ signpost: \{ condition: service_healthy \} \}/);
    assert.match(caddy, /ports: \["80:80", "443:443", "443:443\/udp"\]/);
    assert.ok(caddy.includes('"./Caddyfile:/etc/caddy/Caddyfile:ro"'));
  });

  it('get a certificate on demand for names that the server knows, and for no others', async () => {
    assert.match(caddyfile, /^https:\/\/ \{\n\ttls \{\n\t\ton_demand\n\t\}\n\treverse_proxy signpost:8787\n\}$/m);
    const ask = /ask http:\/\/signpost:8787(\S+)\n/.exec(caddyfile)![1]!;
    assert.equal(image.get('EXPOSE'), '8787');
    const port = String(await freePort());
    const server = await startServer({
      flags: ['--server-public-url', 'https://go.example', '--server-port', port],
    });
    const status = async (domain: string): Promise<number> => {
      // As Caddy asks: by the name of the container.
      const headers = { host: 'signpost:8787' };
      return (await sendRequest(`http://127.0.0.1:${port}`, { path: `${ask}?domain=${domain}`, headers })).status;
    };
    assert.deepEqual([await status('go.example'), await status('other.example')], [200, 404]);
    assert.equal(await server.stop(), 0);
  });
});

describe('the image, put together as the Dockerfile says', { skip: whyNoImage }, () => {
  let folder: string;
  const started = new Set<ChildProcess>();
  before(() => {
    folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const build = stages[0]!;
    const [from, to] = build.find(({ name }) => name === 'COPY')!.words.split(' ');
    assert.deepEqual([from, to], ['dist/signpost', '/image/signpost']);
    mkdirSync(join(folder, 'image'));
    copyFileSync(builtExecutable('linux-x64'), join(folder, 'image', 'signpost'));
    const script = build.find(({ name }) => name === 'RUN')!.words.replaceAll('/image', join(folder, 'image'));
    const made = spawnSync('sh', ['-euc', script], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    // Where a container engine mounts things.
    for (const name of ['proc', 'dev']) mkdirSync(join(folder, 'image', name));
    // A new volume begins as what the image has there.
    cpSync(join(folder, 'image', 'data'), join(folder, 'volume'), { recursive: true });
    const [uid, gid] = image.get('USER')!.split(':').map(Number);
    chownSync(join(folder, 'volume'), uid!, gid!);
    chmodSync(join(folder, 'volume'), statSync(join(folder, 'image', 'data')).mode & 0o777);
  });
  after(async () => {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  /** With nothing but the image, its volume, its environment and a port, as its user. */
  function run(argv: readonly string[], port: number): ChildProcess & { stdout: Readable } {
    const [uid, gid] = image.get('USER')!.split(':');
    const settings = { ...environment, SIGNPOST_SERVER_PORT: String(port) };
    const words = [
      ...`setpriv --reuid=${uid} --regid=${gid} --clear-groups --no-new-privs bwrap --unshare-user --ro-bind`.split(
        ' ',
      ),
      join(folder, 'image'),
      ...'/ --proc /proc --dev /dev --die-with-parent --bind'.split(' '),
      join(folder, 'volume'),
      ...`${image.get('VOLUME')} --chdir ${image.get('WORKDIR')} --clearenv`.split(' '),
      ...Object.entries(settings).flatMap(([name, value]) => ['--setenv', name, value]),
      ...argv,
    ];
    const env = { PATH: '/usr/bin:/bin' };
    const child = spawn(words[0]!, words.slice(1), { env, stdio: ['ignore', 'pipe', 'inherit'] });
    started.add(child);
    return child;
  }

  it('has everything that the server needs, no shell, and a health check that tells', async () => {
    const port = await freePort();
    const argv = [...exec(image.get('ENTRYPOINT')!), ...exec(image.get('CMD')!)];
    const check = exec(image.get('HEALTHCHECK')!);
    const early = run(check, port);
    assert.deepEqual(await once(early, 'exit'), [1, null]);
    const server = run(argv, port);
    let printed = '';
    for await (const chunk of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      printed += String(chunk);
      if (printed.includes('/api/v1/links')) break;
    }
    const firstKey = /\n {2}(sp_\w+)\n/.exec(printed)?.[1];
    const api = ApiClient.of({ address: `http://127.0.0.1:${port}`, firstKey });
    // A password takes the other native part.
    await api.createLink({ slug: 'locked', password: 'a long password' });
    const { id } = await api.createLink({ slug: 'inside' });
    assert.equal((await api.visit('inside')).status, 302);
    assert.equal((await api.link(id)).clickCount, 1);
    assert.deepEqual(await once(run(check, port), 'exit'), [0, null]);
    const backup = run([...exec(image.get('ENTRYPOINT')!), 'backup', '/data/backup-1'], port);
    assert.deepEqual(await once(backup, 'exit'), [0, null]);
    server.kill('SIGTERM');
    await once(server, 'exit');
    const uid = Number(image.get('USER')!.split(':')[0]);
    for (const name of readdirSync(join(folder, 'volume')))
      assert.equal(statSync(join(folder, 'volume', name)).uid, uid, name);
    const top = readdirSync(join(folder, 'image')).filter((name) => !['proc', 'dev'].includes(name));
    assert.deepEqual(
      top.filter((name) => !['signpost', 'data', 'etc', 'lib', 'lib64', 'usr'].includes(name)),
      [],
    );
    assert.deepEqual(readdirSync(join(folder, 'image', 'data')), []);
    const files = readdirSync(join(folder, 'image'), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      files.filter((name) => /(?:^|\/)(?:ba|da|a)?sh$|busybox|apt|dpkg/.test(name)),
      [],
    );
  });
});

describe('signpost health', () => {
  it('says whether the server can write', async () => {
    const server = await startServer();
    const ask = (...flags: string[]) => runSignpost(['health', '--server-port', String(server.port), ...flags]);
    assert.deepEqual((({ code, stdout }) => [code, stdout])(await ask()), [0, 'ready\n']);
    const onAll = await ask('--server-host', '0.0.0.0', '--json');
    assert.deepEqual([onAll.code, onAll.stdout], [0, '{"ready":true,"status":200}\n']);
    assert.equal(await server.stop(), 0);
    const stopped = await runSignpost(['health', '--server-port', String(await freePort())]);
    assert.deepEqual([stopped.code, stopped.stdout], [1, 'no answer\n']);
  });
});
