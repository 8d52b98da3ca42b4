// Holds the architecture: who may import whom, where SQL and the environment may appear, how long a file may be.
// Every rule is tried on small made-up trees first, so that a rule that can no longer fail is noticed.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, posix } from 'node:path';
import { describe, it } from 'node:test';
import { scanSource } from './support/source-scan.ts';
import type { SourceScan } from './support/source-scan.ts';

const maxLines = 400;
const generatedFile = /^\/\/ Made from .+ by `npm run [\w-]+`; do not edit\.\n/;

/** Imports run from one row to a later one. What shares a row does not import each other. */
const rows = [
  ['main.ts'],
  ['cli'],
  [
    'server.ts',
    'writer-worker.ts',
    'checkpoint-worker.ts',
    'stats-worker.ts',
    'click-job-worker.ts',
    'search-worker.ts',
    'drawing-worker.ts',
    'delivery-worker.ts',
  ],
  // The other half of the wiring, loaded while the threads start.
  ['application.ts'],
  // And what is loaded with the first request to the API.
  ['api-application.ts'],
  [
    'click-application.ts',
    'dialect-application.ts',
    'gallery-application.ts',
    'qr-application.ts',
    'redirect-application.ts',
    'server-metrics.ts',
    'background.ts',
  ],
  ['jobs.ts'],
  ['api', 'dialects', 'pages'],
  ['http'],
  ['webhooks', 'galleries', 'qr', 'scheduler'],
  ['clicks'],
  ['links'],
  ['domains'],
  ['accounts'],
  ['storage', 'outgoing'],
  ['core'],
];

const readsConfig = ['cli', 'server.ts', 'application.ts'];
const readsEnvironment = ['config', 'core/native-addons.ts'];
// A dialect gives shapes: what is parsed, looked up and counted is the domain's to know.
const packagesOfDialects = ['zod', 'pino'];
const vagueNames = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'types'];
const sqlText =
  /\b(?:SELECT\s[\s\S]+\sFROM|INSERT\s+(?:OR\s+[A-Z]+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(?:CREATE|DROP|ALTER)\s+(?:TABLE|INDEX|VIEW|TRIGGER))\b/;
// `links.prepare(…)` may mean anything; a connection is known by its name.
const sqlCalls =
  /(?:connection|database|\bdb|reader)\.prepare\s*[(<]|\.(?:selectFrom|insertInto|replaceInto|updateTable|deleteFrom)\s*\(|(?<![\w$.])sql(?:<[^`]*>)?\s*`/i;

/** Path from the top of the project, with `/`, to the file's text. */
type SourceTree = ReadonlyMap<string, string>;

/** Every breach of the architecture, as `file: what is wrong`. */
function findProblems(tree: SourceTree): string[] {
  const problems: string[] = [];
  const imports = new Map<string, string[]>();
  for (const [file, source] of tree) {
    const lines = source.split('\n').length - (source.endsWith('\n') ? 1 : 0);
    const report = (problem: string): number => problems.push(`${file}: ${problem}`);
    // What a program wrote is read by programs.
    if (lines > maxLines && !generatedFile.test(source)) report(`has ${lines} lines, more than ${maxLines}`);
    // A test says its job in its describe lines.
    if (!file.endsWith('.test.ts') && !/^\/\/ \S/.test(source))
      report('does not open with a comment line that says its job');
    if (vagueNames.includes(basename(file, '.ts'))) report('has a name that says nothing about its job');
    const scan = scanSource(source);
    imports.set(file, checkImports(file, scan, report));
    if (file.startsWith('src/')) checkContents(file.slice('src/'.length), scan, report);
  }
  return [...problems, ...findCycles(imports)];
}

/** Returns the files that `file` imports. */
function checkImports(file: string, scan: SourceScan, report: (problem: string) => unknown): string[] {
  const targets: string[] = [];
  for (const { specifier, clause, kind } of scan.references) {
    if (!specifier.startsWith('.')) {
      if (isBuiltin(specifier) && !specifier.startsWith('node:')) report(`imports ${specifier} without node:`);
      if (file.startsWith('src/dialects/') && !isBuiltin(specifier) && !packagesOfDialects.includes(specifier))
        report(`imports ${specifier}: a dialect only gives shapes`);
      if (file.startsWith('src/sdk/')) report(`imports ${specifier}: the SDK imports nothing`);
      continue;
    }
    if (!/\.(?:ts|mjs|json)$/.test(specifier)) report(`imports ${specifier} without its .ts`);
    const names = clause.replace(/^type\b/, '').trim();
    if (kind === 'export' && names.startsWith('*')) report(`re-exports all of ${specifier}`);
    const isNamed = names.startsWith('{') || kind === 'dynamic' || names === '' || specifier.endsWith('.json');
    if (!isNamed && kind === 'import') report(`imports ${specifier} without naming what it takes`);
    const target = posix.normalize(posix.join(dirname(file), specifier));
    targets.push(target);
    if (!file.startsWith('src/')) continue;
    if (!target.startsWith('src/')) {
      if (!specifier.endsWith('.json')) report(`imports ${target}, which is outside src`);
      continue;
    }
    const problem = directionProblem(placeOf(file), placeOf(target));
    if (problem !== undefined) report(`imports ${target}: ${problem}`);
  }
  return targets;
}

/** The folder in src, or the file where it lies in src itself. */
function placeOf(file: string): string {
  return file.split('/')[1] ?? '';
}

function directionProblem(from: string, to: string): string | undefined {
  if (from === to && !from.endsWith('.ts')) return undefined;
  if (from === 'sdk') return 'the SDK imports nothing';
  if (to === 'config') return readsConfig.includes(from) ? undefined : `only ${readsConfig.join(' and ')} read config`;
  if (from === 'config') return to === 'core' ? undefined : 'config imports core only';
  if (to === 'sdk') return from === 'cli' ? undefined : 'only cli may use the SDK';
  const fromRow = rows.findIndex((row) => row.includes(from));
  const toRow = rows.findIndex((row) => row.includes(to));
  if (fromRow === -1 || toRow === -1) return `${fromRow === -1 ? from : to} has no place in the order of imports yet`;
  if (fromRow === toRow) return `${from} and ${to} stand side by side`;
  return fromRow < toRow ? undefined : `${to} comes before ${from} in the order of imports`;
}

/** `path` is relative to src. */
function checkContents(path: string, scan: SourceScan, report: (problem: string) => unknown): void {
  if (!path.startsWith('storage/') && !path.endsWith('-store.ts')) {
    const text = scan.strings.find((string) => sqlText.test(string));
    if (text !== undefined) report(`holds SQL outside a store: ${text.trim().slice(0, 40)}`);
    const call = sqlCalls.exec(scan.code);
    if (call !== null) report(`calls ${call[0].trim()} outside a store`);
  }
  const mayReadEnvironment = readsEnvironment.some((place) => path === place || path.startsWith(`${place}/`));
  const takesEnvironment = scan.references.some(
    ({ specifier, clause }) => specifier === 'node:process' && /\benv\b/.test(clause),
  );
  if (!mayReadEnvironment && (/\bprocess\s*\??\.\s*env\b/.test(scan.code) || takesEnvironment)) {
    report('reads process.env outside config');
  }
  // A declaration file says what somebody else's package exports.
  if (!path.endsWith('.d.ts') && /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/.test(scan.code))
    report('has a default export');
}

/** Every cycle once, as the chain of its files. */
function findCycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, chain: readonly string[]): void => {
    const start = chain.indexOf(file);
    if (start !== -1) cycles.push(`${file}: imports itself by ${[...chain.slice(start + 1), file].join(' → ')}`);
    if (start !== -1 || done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...chain, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return cycles;
}

function readTree(top: string, folders: readonly string[]): SourceTree {
  const tree = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of readdirSync(join(top, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(?:ts|mjs)$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      tree.set(path.slice(top.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
    }
  }
  return tree;
}

/** The problems of a made-up tree; the comment line that every file needs is added. */
function problemsOf(files: Record<string, string>): string[] {
  return findProblems(new Map(Object.entries(files).map(([path, text]) => [path, `// A job.\n${text}`])));
}

function assertOneProblem(files: Record<string, string>, expected: RegExp): void {
  const problems = problemsOf(files);
  assert.equal(problems.length, 1, `expected one problem, found: ${problems.join(' | ')}`);
  assert.match(problems[0] ?? '', expected);
}

describe('the source tree', () => {
  it('keeps to the architecture', () => {
    const tree = readTree(join(import.meta.dirname, '..'), ['src', 'scripts', 'test']);
    assert.ok(tree.size > 10, 'the tree was not found');
    assert.deepEqual(findProblems(tree), []);
  });
});

describe('the order of imports', () => {
  it('allows imports to the right, within a folder, and of packages', () => {
    const files = {
      'src/main.ts': "import { run } from './cli/run.ts';",
      'src/cli/run.ts': "import { load } from '../config/load.ts';\nimport { serve } from '../server.ts';",
      'src/server.ts': "import Database from 'better-sqlite3';\nimport type { Link } from './links/link.ts';",
      'src/config/load.ts': "import { AppError } from '../core/errors.ts';",
      'src/links/link.ts': "import {\n  a,\n  type B,\n} from './slug.ts';\nexport { newId } from '../core/ids.ts';",
    };
    assert.deepEqual(problemsOf(files), []);
  });

  const wrong: [from: string, statement: string, expected: RegExp][] = [
    ['src/core/ids.ts', "import { link } from '../links/link.ts';", /links comes before core/],
    ['src/core/ids.ts', "import type { Link } from '../links/link.ts';", /links comes before core/],
    ['src/links/link.ts', "export { click } from '../clicks/click.ts';", /clicks comes before links/],
    ['src/links/link.ts', "const later = await import('../http/router.ts');", /http comes before links/],
    ['src/links/link.ts', "import '../http/router.ts';", /http comes before links/],
    ['src/api/links.ts', "import { page } from '../pages/gone.ts';", /side by side/],
    ['src/dialects/urlgo/routes.ts', "import { list } from '../../api/links.ts';", /side by side/],
    ['src/writer-worker.ts', "import { serve } from './server.ts';", /side by side/],
    [
      'src/http/router.ts',
      "import { options } from '../config/options.ts';",
      /only cli and server.ts and application.ts read config/,
    ],
    ['src/config/load.ts', "import { find } from '../links/link.ts';", /config imports core only/],
    ['src/sdk/client.ts', "import { newId } from '../core/ids.ts';", /the SDK imports nothing/],
    ['src/sdk/client.ts', "import { z } from 'zod';", /the SDK imports nothing/],
    ['src/dialects/urlgo/row.ts', "import { UAParser } from 'ua-parser-js';", /a dialect only gives shapes/],
    ['src/extras/x.ts', "import { newId } from '../core/ids.ts';", /extras has no place/],
    ['src/links/link.ts', "import { x } from '../../scripts/x.ts';", /outside src/],
  ];
  for (const [from, statement, expected] of wrong) {
    it(`refuses ${from} to ${statement}`, () => assertOneProblem({ [from]: statement }, expected));
  }

  it('is not fooled by comments, strings, templates and regular expressions', () => {
    const text = [
      "// import { a } from '../links/link.ts'",
      "/* import { a } from '../links/link.ts' */",
      'const a = "import { b } from \'../links/link.ts\'";',
      "const c = `${{ d: '}' }.d} import { e } from '../links/link.ts'`;",
      "const f = /['\"`]/.test(a) && 4 / 2 / 1; // '",
    ].join('\n');
    assert.deepEqual(problemsOf({ 'src/core/ids.ts': text }), []);
    assertOneProblem(
      { 'src/core/ids.ts': `${text}\nimport { g } from '../links/link.ts';` },
      /links comes before core/,
    );
  });
});

describe('the other rules', () => {
  it('refuses a cycle', () => {
    const files = {
      'src/links/a.ts': "import { b } from './b.ts';",
      'src/links/b.ts': "import { c } from './c.ts';",
      'src/links/c.ts': "import { a } from './a.ts';",
    };
    assertOneProblem(files, /imports itself by src\/links\/b.ts → src\/links\/c.ts → src\/links\/a.ts/);
  });

  it('refuses a file that is too long', () => {
    assert.deepEqual(problemsOf({ 'scripts/long.ts': '\n'.repeat(maxLines - 1) }), []);
    assertOneProblem({ 'scripts/long.ts': '\n'.repeat(maxLines) }, /has 401 lines/);
    const made = `// Made from schema.sql by \`npm run tables\`; do not edit.\n${'\n'.repeat(maxLines)}`;
    assert.deepEqual(findProblems(new Map([['src/storage/tables.ts', made]])), []);
  });

  it('refuses a file that does not say its job', () => {
    assert.match(findProblems(new Map([['src/links/a.ts', 'export const a = 1;\n']])).join(), /opens? with a comment/);
  });

  const wrong: [file: string, text: string, expected: RegExp][] = [
    ['src/links/utils.ts', 'export const a = 1;', /a name that says nothing/],
    ['src/links/a.ts', "import { b } from './b';", /without its \.ts/],
    ['src/links/a.ts', "import { b } from './b.js';", /without its \.ts/],
    ['src/links/a.ts', "import b from './b.ts';", /without naming/],
    ['src/links/a.ts', "import * as b from './b.ts';", /without naming/],
    ['src/links/a.ts', "export * from './b.ts';", /re-exports all/],
    ['src/links/a.ts', "import { join } from 'path';", /without node:/],
    ['src/links/a.ts', 'export default 1;', /default export/],
    ['src/links/a.ts', 'const a = 1;\nexport { a as default };', /default export/],
    ['src/links/a.ts', "const a = 'SELECT id FROM links';", /SQL outside a store/],
    ['src/links/a.ts', 'const a = `INSERT OR IGNORE INTO ${b} VALUES (1)`;', /SQL outside a store/],
    ['src/links/a.ts', 'const a = database.prepare(text);', /outside a store/],
    ['src/links/a.ts', 'const a = this.#connection.prepare<[], Row>(text);', /outside a store/],
    ['src/links/a.ts', 'const a = sql`1`;', /outside a store/],
    ['src/links/a.ts', "const a = db.selectFrom('links');", /outside a store/],
    ['src/links/a.ts', 'const a = process.env.PORT;', /reads process.env/],
    ['src/links/a.ts', "import { env } from 'node:process';", /reads process.env/],
  ];
  for (const [file, text, expected] of wrong) {
    it(`refuses in ${file}: ${text.replace('\n', ' ')}`, () => assertOneProblem({ [file]: text }, expected));
  }

  it('allows SQL in stores, the environment in config, and both words in prose', () => {
    const files = {
      'src/links/link-store.ts': "const find = database.prepare('SELECT id FROM links');",
      'src/storage/migrations.ts': 'const step = `CREATE TABLE links (id TEXT)`;',
      'src/config/load.ts': 'const port = process.env.PORT;',
      'src/links/bulk.ts': 'const link = await links.prepare(actor);',
      'src/http/a.ts': "// process.env and SELECT 1 FROM x\nconst help = 'select a link from the list';",
    };
    assert.deepEqual(problemsOf(files), []);
  });
});
