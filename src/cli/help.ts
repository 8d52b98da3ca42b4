// The help texts: of the program, of a group of commands (`users`), of one command.

import type { Command } from './command.ts';

/** A command as a list of commands shows it. */
export interface CommandEntry {
  /** As typed: `serve`, `users create`. */
  readonly name: string;
  readonly summary: string;
}

const maxLineLength = 100;

/** Words broken into lines that start after `indent` columns. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > maxLineLength) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

function rows(pairs: readonly (readonly [name: string, text: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.map(([name, text]) => `  ${name.padEnd(width)}${wrapped(text, width + 2)}`).join('\n');
}

export function commandHelp(entry: CommandEntry, command: Command): string {
  const flags = [...Object.entries(command.flags), ['help', { help: 'Show this.' }] as const].map(([name, flag]) => {
    const placeholder = 'placeholder' in flag ? ` ${flag.placeholder}` : '';
    return [`--${name}${placeholder}`, flag.help] as const;
  });
  const usage = ['signpost', entry.name, ...(command.positionals ?? []), '[flags]'].join(' ');
  const notes = (command.notes ?? []).map((note) => `\n${wrapped(note, 0)}\n`);
  return `${entry.summary}\n\nUsage: ${usage}\n\n${rows(flags)}\n${notes.join('')}`;
}

export function groupHelp(group: string, entries: readonly CommandEntry[]): string {
  return `Usage: signpost ${group} COMMAND [flags]\n\n${rows(entries.map((entry) => [entry.name, entry.summary]))}\n`;
}

export function programHelp(version: string, entries: readonly CommandEntry[]): string {
  return `Signpost ${version}, a self-hosted link shortener.

Usage: signpost COMMAND [flags]

${rows(entries.map((entry) => [entry.name, entry.summary]))}

Start with: signpost serve
Every command explains its flags: signpost serve --help
`;
}
