// config.example.toml, made from the table: every option commented out with its default and its help.

import { optionAt, optionKeys, type Config, type OptionKey } from './options.ts';

const lineLength = 100;

/** A value as TOML. JSON's strings are TOML's basic strings, but for DEL, which TOML wants escaped. */
export function tomlValue(value: Config[OptionKey]): string {
  if (Array.isArray(value)) return `[${value.map((item: string) => tomlValue(item)).join(', ')}]`;
  return JSON.stringify(value).replaceAll('\u007f', '\\u007F');
}

function commentLines(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > lineLength) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function optionLines(key: OptionKey, name: string): string[] {
  const option = optionAt(key);
  const sample =
    option.default === undefined || (Array.isArray(option.default) && option.default.length === 0)
      ? option.example
      : undefined;
  const note =
    sample === undefined
      ? ''
      : option.default === undefined
        ? '  # an example; not set by default'
        : `  # an example; ${tomlValue(option.default)} by default`;
  return [
    '',
    ...commentLines(`${option.help} Takes ${option.expects}.`),
    `#${name} = ${tomlValue(sample ?? option.default)}${note}`,
  ];
}

export function exampleToml(): string {
  const lines = [
    '# Signpost: every option, with its default. Copy to signpost.toml and take away the # where you want another value.',
    '# The environment (SIGNPOST_SERVER_PORT=9000) overrides this file, and flags (--server-port 9000) override both.',
    '# Paths are relative to the folder that the program is started in.',
  ];
  let section = '';
  for (const key of optionKeys) {
    const dot = key.lastIndexOf('.');
    const keySection = key.slice(0, Math.max(dot, 0));
    if (keySection !== section) lines.push('', `[${keySection}]`);
    section = keySection;
    lines.push(...optionLines(key, key.slice(dot + 1)));
  }
  return `${lines.join('\n')}\n`;
}
