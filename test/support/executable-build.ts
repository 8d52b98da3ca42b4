// Builds an executable for tests, unless the one that is there is newer than everything it is made of.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { findTarget, type TargetName } from '../../scripts/build/target.ts';

const projectFolder = join(import.meta.dirname, '..', '..');
const buildScript = join(projectFolder, 'scripts', 'build.ts');
const outFolder = join(projectFolder, 'dist');
/** No expectation: only so that a hang fails as what it is. */
const longestBuildMs = 240_000;

/** Why there can be no executable for the target: its parts are not installed. */
export function lacksParts(name: TargetName): string | undefined {
  try {
    findTarget(projectFolder, name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Builds in a copy of the sources that lies elsewhere. Returns the executable. */
export function buildElsewhere(folder: string): string {
  const parts = [
    'src',
    'scripts',
    'schema.sql',
    'package.json',
    'package-lock.json',
    'LICENSE',
    'README.md',
    'tsconfig.json',
  ];
  for (const part of parts) cpSync(join(projectFolder, part), join(folder, part), { recursive: true });
  symlinkSync(realpathSync(join(projectFolder, 'node_modules')), join(folder, 'node_modules'));
  // The commit is asked of the history that is here.
  const asked = spawnSync('git', ['rev-parse', '--absolute-git-dir'], { cwd: projectFolder, encoding: 'utf8' });
  const ofGit = { GIT_DIR: asked.stdout.trim(), GIT_WORK_TREE: folder, GIT_OPTIONAL_LOCKS: '0' };
  const env = asked.status === 0 ? { ...process.env, ...ofGit } : process.env;
  const out = join(folder, 'out', 'signpost');
  execFileSync(process.execPath, [join(folder, 'scripts', 'build.ts'), '--out', out], {
    cwd: folder,
    env,
    stdio: 'pipe',
  });
  return out;
}

/** The executable names its commit. 0 where git does not say. */
function committedAt(): number {
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: projectFolder, encoding: 'utf8' });
  return status === 0 ? (Number(stdout) + 1) * 1_000 : 0;
}

/** Test files run beside one another, and would write the same files. The lock goes with its process, however that ends. */
function oneAtATime(run: () => void): void {
  mkdirSync(outFolder, { recursive: true });
  const guard = new Database(join(outFolder, 'building.guard'), { timeout: longestBuildMs });
  guard.exec('BEGIN EXCLUSIVE');
  try {
    run();
  } finally {
    guard.exec('ROLLBACK');
    guard.close();
  }
}

/** Where the executable for the target lies, made of the sources as they are. */
export function builtExecutable(name: TargetName): string {
  const built = join(outFolder, findTarget(projectFolder, name).fileName);
  oneAtATime(() => {
    if (isStale(built)) execFileSync(process.execPath, [buildScript, '--target', name], { stdio: 'pipe' });
  });
  return built;
}

function isStale(built: string): boolean {
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0;
  const parts = ['src', 'scripts/build'].flatMap((folder) =>
    readdirSync(join(projectFolder, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const others = ['schema.sql', 'package.json', 'package-lock.json', 'scripts/build.ts'];
  parts.push(...others.map((file) => join(projectFolder, file)));
  return committedAt() >= builtAt || parts.some((part) => statSync(part).mtimeMs >= builtAt);
}
