// What goes beside the executable: its bill of materials as CycloneDX 1.6, and SHA256SUMS. Neither holds a time or a path, so two
// builds of one commit write the same bytes.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Component } from './components.ts';

const billEnding = '.cdx.json';

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** A UUID made of a hash (RFC 9562, version 8): the bill's number is the executable's own. */
function uuidOf(hash: string): string {
  const variant = ((Number.parseInt(hash[16]!, 16) & 3) | 8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function entry(type: string, { name, version, license, purl }: Component): Record<string, unknown> {
  const isExpression = license.includes(' ');
  const licenses = isExpression ? [{ expression: license }] : [{ license: { id: license } }];
  return { type, 'bom-ref': purl, name, version, licenses, purl };
}

/** Writes `<executable>.cdx.json`. */
export function writeBill(executable: string, own: Component, components: readonly Component[]): string {
  const hash = sha256Of(executable);
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(hash)}`,
    version: 1,
    metadata: { component: { ...entry('application', own), hashes: [{ alg: 'SHA-256', content: hash }] } },
    components: components.map((component) => entry(component.name === 'node' ? 'platform' : 'library', component)),
    dependencies: [
      { ref: own.purl, dependsOn: components.map(({ purl }) => purl) },
      ...components.map(({ purl }) => ({ ref: purl })),
    ],
  };
  const path = `${executable}${billEnding}`;
  writeFileSync(path, `${JSON.stringify(bill, null, 2)}\n`);
  return path;
}

/** Writes SHA256SUMS for every executable and bill that lies beside this one. @param names of all executables that there can be */
export function writeChecksums(executable: string, names: readonly string[]): void {
  const folder = dirname(executable);
  const executables = [...new Set([...names, basename(executable)])];
  const files = executables.flatMap((name) => [name, `${name}${billEnding}`]).toSorted();
  const lines = files
    .filter((name) => existsSync(join(folder, name)))
    .map((name) => `${sha256Of(join(folder, name))}  ${name}\n`);
  const partial = join(folder, `.SHA256SUMS-${process.pid}`);
  writeFileSync(partial, lines.join(''));
  renameSync(partial, join(folder, 'SHA256SUMS'));
}
