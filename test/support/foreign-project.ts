// A TypeScript project of somebody who has installed a package of ours: outside our own, with settings as strict as there are.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const projectFolder = join(import.meta.dirname, '..', '..');
const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');

const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  noEmit: true,
  skipLibCheck: false,
  types: [] as string[],
};
const node = { types: ['node'], typeRoots: [join(projectFolder, 'node_modules', '@types')] };
const bundler = { module: 'esnext', moduleResolution: 'bundler', target: 'es2022', ...strictest };

/** Compiler options by the platform that a project is for. */
export const strictProjects = {
  plain: { module: 'nodenext', target: 'es2023', ...strictest },
  node: { module: 'nodenext', target: 'es2023', ...strictest, ...node },
  nodeWithoutDom: { module: 'nodenext', target: 'es2022', lib: ['es2022'], ...strictest, ...node },
  browser: { ...bundler, lib: ['es2022', 'dom', 'dom.iterable'] },
  worker: { ...bundler, lib: ['es2022', 'webworker'] },
} as const;

/**
 * Writes a project of one file, `index.ts`, and returns its folder.
 * @param packages the `node_modules` that it finds our package in
 */
export function foreignProject(packages: string, name: string, program: string, compilerOptions: object): string {
  const project = join(packages, '..', name);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  writeFileSync(join(project, 'index.ts'), program);
  return project;
}

/** Throws with what the compiler says. */
export function checkTypes(project: string): void {
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
}
