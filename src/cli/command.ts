// What a command is and how its part of the command line is read. Unknown flags and missing values end in exit code 2.

import { parseArgs } from 'node:util';
import { suggestion } from '../core/nearest.ts';
import { quoted } from '../core/one-line.ts';
import { exitCodes, StartError } from '../core/exit.ts';

/** A flag takes a value when it has a placeholder; otherwise it is a switch. */
export interface Flag {
  readonly placeholder?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

export interface Command {
  readonly flags: Flags;
  /** Shown and required in this order: `['ID']`. */
  readonly positionals?: readonly string[];
  /** Paragraphs for --help after the flags. */
  readonly notes?: readonly string[];
  /** Gives the exit code; a StartError that it throws carries one too. */
  run(given: Arguments): number | Promise<number>;
}

/** The command line as one command reads it. */
export class Arguments {
  readonly wantsHelp: boolean;
  readonly positionals: readonly string[];
  readonly #command: string;
  readonly #values: ReadonlyMap<string, string | true>;

  constructor(
    command: string,
    wantsHelp: boolean,
    values: ReadonlyMap<string, string | true>,
    positionals: readonly string[],
  ) {
    this.#command = command;
    this.wantsHelp = wantsHelp;
    this.#values = values;
    this.positionals = positionals;
  }

  has(flag: string): boolean {
    return this.#values.has(flag);
  }

  text(flag: string): string | undefined {
    const value = this.#values.get(flag);
    return typeof value === 'string' ? value : undefined;
  }

  requiredText(flag: string): string {
    const value = this.text(flag);
    if (value === undefined) throw usageError(`flag --${flag} is missing`, this.#command);
    return value;
  }

  /** The values of those of `flags` that were given. */
  texts(flags: Flags): Record<string, string> {
    const given: Record<string, string> = {};
    for (const name of Object.keys(flags)) {
      const value = this.text(name);
      if (value !== undefined) given[name] = value;
    }
    return given;
  }
}

/** The command line is wrong: one line that ends by naming the help. */
export function usageError(message: string, command?: string): StartError {
  const help = command === undefined ? 'signpost help' : `signpost ${command} --help`;
  return new StartError(`${message} (see: ${help})`, exitCodes.usage);
}

/** Reads what follows the command's name. Flags may stand anywhere; `--` ends them; the last of two equal flags wins. */
export function parseArguments(name: string, command: Command, argv: readonly string[]): Arguments {
  const known: Flags = { ...command.flags, help: { help: '' } };
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(known).map(([flagName, flag]) => [
        flagName,
        { type: flag.placeholder === undefined ? 'boolean' : 'string' } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string | true>();
  const positionals: string[] = [];
  let wantsHelp = false;
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.rawName === '-h' || (token.rawName === '--help' && token.value === undefined)) {
      wantsHelp = true;
      continue;
    }
    const flag = token.rawName.startsWith('--') && Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (flag === undefined) throw unknownFlag(token.rawName, known, name);
    values.set(token.name, flagValue(token, flag, name));
  }
  // Whoever asks for help does not know yet what is needed.
  if (!wantsHelp) checkPositionals(name, command, positionals);
  return new Arguments(name, wantsHelp, values, positionals);
}

function unknownFlag(rawName: string, known: Flags, command: string): StartError {
  const names = Object.keys(known).map((name) => `--${name}`);
  return usageError(`unknown flag ${quoted(rawName)}, ${suggestion(rawName, names)}`, command);
}

function flagValue(
  token: { name: string; value?: string | undefined; inlineValue?: boolean | undefined },
  flag: Flag,
  command: string,
): string | true {
  if (flag.placeholder === undefined) {
    if (token.value !== undefined) throw usageError(`flag --${token.name} takes no value`, command);
    return true;
  }
  // `--name --json` means a forgotten name far more often than a name of "--json"; -5 is a number and its check will tell.
  const looksLikeFlag = token.inlineValue !== true && token.value !== undefined && /^-[^\d]/.test(token.value);
  if (token.value === undefined || looksLikeFlag)
    throw usageError(`flag --${token.name} needs a value: --${token.name}=${flag.placeholder}`, command);
  return token.value;
}

function checkPositionals(name: string, command: Command, positionals: readonly string[]): void {
  const expected = command.positionals ?? [];
  if (positionals.length > expected.length)
    throw usageError(`unexpected ${quoted(positionals[expected.length]!)} after "signpost ${name}"`, name);
  if (positionals.length < expected.length)
    throw usageError(`"signpost ${name}" needs ${expected[positionals.length]}`, name);
}
