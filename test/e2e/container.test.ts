// What deploy/ promises, as far as it shows without a container engine: the image's files, user, settings and health check.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { closeServers, runSignpost, startServer } from '../support/server-process.ts';

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

describe('the Dockerfile', () => {
  const stages = stagesOf(read('deploy/Dockerfile'));
  const image = new Map(stages.at(-1)!.map(({ name, words }) => [name, words]));
  const environment = Object.fromEntries(
    image
      .get('ENV')!
      .split(' ')
      .map((pair) => pair.split('=')),
  ) as Record<string, string>;

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
    const exec = (words: string): string[] => JSON.parse(words.slice(words.indexOf('['))) as string[];
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
    assert.match(compose, /read_only: true/);
    assert.match(read('deploy/Caddyfile'), /ask http:\/\/signpost:8787\/internal\/tls-check\n/);
  });

  it('copies every library that the executable needs', (t) => {
    const executable = join(projectFolder, 'dist', 'signpost');
    if (process.platform !== 'linux' || !existsSync(executable)) return t.skip('there is no dist/signpost here');
    const run = /RUN (ldd .*?done)/.exec(read('deploy/Dockerfile').replaceAll(/\\\n\s*/g, ' '))![1]!;
    const list = run
      .replace(/^ldd \S+/, `ldd '${executable}'`)
      .replace(/install -D .*?; done/, 'echo "$library"; done');
    const libraries = spawnSync('sh', ['-c', list], { encoding: 'utf8' }).stdout.trim().split('\n');
    for (const library of libraries) assert.ok(existsSync(library), library);
    for (const name of ['libc.so', 'libstdc++.so', 'libm.so', 'ld-linux'])
      assert.ok(
        libraries.some((library) => library.includes(name)),
        name,
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
