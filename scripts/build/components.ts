// What is inside the executable: every package that a bundle or an asset took a file of, Node, SQLite and Signpost itself, each
// with its version and the text of its licence. A licence that we did not agree to fails the build.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Target } from './target.ts';

export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX id, or an expression of several. */
  readonly license: string;
  /** The licence as its authors wrote it; where the package holds none, where it and the sources are. */
  readonly text: string;
  /** Package URL. */
  readonly purl: string;
}

const modules = '/node_modules/';
const licenseFile = /^(?:\w+_)?(?:licen[cs]e|copying|notice|unlicense)(?:[.-].*)?$/i;
const agreedTo = new Set(
  'MIT ISC BSD-2-Clause BSD-3-Clause 0BSD Apache-2.0 MPL-2.0 CC0-1.0 CC-BY-4.0 Unlicense blessing BlueOak-1.0.0 MIT-0'.split(
    ' ',
  ),
);
/** Of packages whose manifest names less than the files beside it ask for. */
const wholeLicenses: Readonly<Record<string, string>> = {
  '@ip-location-db/geo-whois-asn-country-mmdb': 'CC0-1.0 AND CC-BY-4.0',
};

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
  readonly repository?: string | { readonly url: string };
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The folder of the package that a file belongs to; undefined for one of ours. */
function packageFolder(file: string): string | undefined {
  const path = file.replaceAll('\\', '/');
  const start = path.lastIndexOf(modules);
  if (start === -1) return undefined;
  const [first = '', second = ''] = path.slice(start + modules.length).split('/');
  const name = first.startsWith('@') ? `${first}/${second}` : first;
  return `${path.slice(0, start + modules.length)}${name}`;
}

function licenseText(folder: string): string {
  const files = readdirSync(folder)
    .filter((name) => licenseFile.test(name))
    .toSorted();
  return files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
}

function requireAgreed(name: string, license: string): void {
  // Of several that one may choose from, one that we agreed to will do; of several that all hold, all have to.
  const options = license.replaceAll(/[()]/g, '').split(' OR ');
  if (!options.some((option) => option.split(' AND ').every((id) => agreedTo.has(id))))
    throw new Error(`${name} is licensed ${license || 'under nothing that is named'}; see docs/decisions/001`);
}

function whereToFind({ license, homepage, repository }: Manifest): string {
  const sources = typeof repository === 'object' ? repository.url : (repository ?? homepage ?? '');
  return `The licence: https://spdx.org/licenses/${license}.html\nThe sources: ${sources.replace(/^git\+/, '')}`;
}

function fromPackage(folder: string): Component {
  const manifest = manifestOf(folder);
  const { name, version } = manifest;
  const license = wholeLicenses[name] ?? manifest.license ?? '';
  requireAgreed(name, license);
  // The native part of a package is a package of its own, and leaves its licence to the other.
  const parent = join(folder, '..', basename(folder).replace(/-(?:linux|win32|darwin)-.*$/, ''));
  const text = licenseText(folder) || (existsSync(parent) ? licenseText(parent) : '') || whereToFind(manifest);
  return { name, version, license, text, purl: `pkg:npm/${name.replace('@', '%40')}@${version}` };
}

function sqlite(target: Target): Component {
  const text = 'The author disclaims copyright to this source code: SQLite is in the public domain.';
  const { sqliteVersion: version } = target;
  return { name: 'sqlite', version, license: 'blessing', text, purl: `pkg:generic/sqlite@${version}` };
}

function node({ nodeLicense, nodeVersion: version }: Target): Component {
  const text = readFileSync(nodeLicense, 'utf8').trim();
  return { name: 'node', version, license: 'MIT', text, purl: `pkg:generic/node@${version}` };
}

export function ownComponent(projectFolder: string): Component {
  const { name, version, license = '' } = manifestOf(projectFolder);
  return { name, version, license, text: licenseText(projectFolder), purl: `pkg:generic/${name}@${version}` };
}

/**
 * All that is inside besides our own program, sorted by name.
 * @param files everything that went in, as absolute paths
 */
export function componentsOf(target: Target, files: Iterable<string>): Component[] {
  const folders = new Set<string>();
  for (const file of files) {
    const folder = packageFolder(file);
    if (folder !== undefined) folders.add(folder);
  }
  const found = [...[...folders].map(fromPackage), sqlite(target), node(target)];
  // A package that two targets' folders hold is the same one.
  const byPurl = new Map(found.map((component) => [component.purl, component]));
  return [...byPurl.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
}
