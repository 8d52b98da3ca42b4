// The pages that people read, README and docs without the decisions, and the fenced blocks in them.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const projectFolder = join(import.meta.dirname, '..', '..');
export const docsFolder = join(projectFolder, 'docs');

export interface Page {
  readonly path: string;
  /** `backup.md` */
  readonly name: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly language: string;
  /** Behind the language. */
  readonly mark: string;
  readonly text: string;
  readonly line: number;
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { indent: string; language: string; mark: string; lines: string[]; line: number } | undefined;
  for (const [i, line] of markdown.split('\n').entries()) {
    const fence = /^( *)```(?!`)(\S*) *(.*)$/.exec(line);
    if (open !== undefined && fence?.[1] === open.indent && fence[2] === '') {
      blocks.push({ ...open, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else if (open !== undefined)
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    else if (fence !== null) open = { indent: fence[1]!, language: fence[2]!, mark: fence[3]!, lines: [], line: i + 1 };
  }
  assert.equal(open, undefined, 'a block is not closed');
  return blocks;
}

export const pages: readonly Page[] = [
  join(projectFolder, 'README.md'),
  join(projectFolder, 'SECURITY.md'),
  ...readdirSync(docsFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('decisions'))
    .toSorted()
    .map((name) => join(docsFolder, name)),
].map((path) => {
  const text = readFileSync(path, 'utf8');
  return { path, name: basename(path), text, blocks: blocksOf(text) };
});
