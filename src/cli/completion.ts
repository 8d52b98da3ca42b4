// `signpost completion bash|zsh|fish`: a script that completes commands and flags, made from the table of commands.

import { exitCodes } from '../core/exit.ts';
import { suggestion } from '../core/nearest.ts';
import { quoted } from '../core/one-line.ts';
import { usageError, type Command, type Flag } from './command.ts';

/** A command with all that its help tells. */
export interface DescribedCommand {
  readonly name: string;
  readonly summary: string;
  readonly command: Command;
}

interface Group {
  readonly word: string;
  readonly summary: string;
  /** Of a group of commands; empty for a command of one word. */
  readonly members: readonly DescribedCommand[];
  readonly alone: DescribedCommand | undefined;
}

/** Values that may be the name of a file. */
const fileValues = new Set(['FILE', 'DIR', 'TEXT']);

function groupsOf(commands: readonly DescribedCommand[]): Group[] {
  const byWord = Map.groupBy(commands, ({ name }) => name.split(' ', 1)[0]!);
  return [...byWord].map(([word, own]) => {
    const members = own.filter(({ name }) => name !== word);
    const alone = own.find(({ name }) => name === word);
    const summary = alone?.summary ?? `Commands: ${members.map(({ name }) => lastWord(name)).join(', ')}.`;
    return { word, summary, members, alone };
  });
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(' ') + 1);
}

function flagsOf({ command }: DescribedCommand): [name: string, flag: Flag][] {
  return [...Object.entries(command.flags), ['help', { help: 'Explain the command.' }]];
}

/** In single quotes, for any of the three shells. */
function single(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The first sentence. */
function brief(text: string): string {
  return text.split(/(?<=\.) /, 1)[0] ?? '';
}

/** Whether what follows the command may be the name of a file. */
function takesFile({ command }: DescribedCommand): boolean {
  return command.positionals?.some((name) => fileValues.has(name)) === true;
}

function bash(groups: readonly Group[]): string {
  const branch = (described: DescribedCommand): string => {
    const flags = single(
      flagsOf(described)
        .map(([name]) => `--${name}`)
        .join(' '),
    );
    return `${lastWord(described.name)}) flags=${flags}${takesFile(described) ? ' files=1' : ''} ;;`;
  };
  const branches = groups.map(({ word, members, alone }) => {
    if (alone !== undefined) return `      ${branch(alone)}`;
    const words = single(members.map(({ name }) => lastWord(name)).join(' '));
    return `      ${word})
        [ "$COMP_CWORD" -eq 2 ] && words=${words}
        case "\${COMP_WORDS[2]}" in
${members.map((member) => `          ${branch(member)}`).join('\n')}
        esac
        ;;`;
  });
  const all = groups.flatMap(({ members, alone }) => [...members, ...(alone === undefined ? [] : [alone])]);
  const valued = [...new Map(all.flatMap(flagsOf))].filter(([, { placeholder }]) => placeholder !== undefined);
  const pattern = (isFile: boolean): string =>
    valued
      .filter(([, { placeholder = '' }]) => fileValues.has(placeholder) === isFile)
      .map(([name]) => `--${name}`)
      .join('|');
  return `# bash completion for signpost: source <(signpost completion bash)
_signpost() {
  local current="\${COMP_WORDS[COMP_CWORD]}" flags='' words='' files=''
  COMPREPLY=()
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
    ${pattern(true)}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    ${pattern(false)}) return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${single(groups.map(({ word }) => word).join(' '))}
  else
    case "\${COMP_WORDS[1]}" in
${branches.join('\n')}
    esac
  fi
  case "$current" in
    -*) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current") ;;
    *)
      if [ -n "$words" ]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
      elif [ -n "$files" ]; then mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi
      ;;
  esac
}
complete -o filenames -F _signpost signpost
`;
}

/** As `_arguments` and `_describe` of zsh read a description. */
function plain(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, String.raw`\$&`);
}

function zsh(groups: readonly Group[]): string {
  const list = (pairs: readonly (readonly [name: string, text: string])[]): string =>
    `commands=(${pairs.map(([name, text]) => single(`${name}:${plain(brief(text))}`)).join(' ')}); _describe command commands; return`;
  const value = (name: string): string => `:${name}:${fileValues.has(name) ? '_files' : ' '}`;
  const branch = (described: DescribedCommand): string => {
    const flags = flagsOf(described).map(
      ([name, { placeholder, help }]) =>
        `--${name}${placeholder === undefined ? '' : '='}[${plain(brief(help))}]${placeholder === undefined ? '' : value(placeholder)}`,
    );
    const positionals = (described.command.positionals ?? []).map((name, i) => `${i + 1}${value(name)}`);
    return `${lastWord(described.name)}) arguments=(${[...flags, ...positionals].map(single).join(' ')}) ;;`;
  };
  const branches = groups.map(({ word, members, alone }) => {
    if (alone !== undefined) return `    ${branch(alone)}`;
    return `    ${word})
      shift words; (( CURRENT-- ))
      if (( CURRENT == 2 )); then ${list(members.map(({ name, summary }) => [lastWord(name), summary]))}; fi
      case "$words[2]" in
${members.map((member) => `        ${branch(member)}`).join('\n')}
      esac
      ;;`;
  });
  return `#compdef signpost
# zsh completion for signpost: source <(signpost completion zsh)
_signpost() {
  local -a commands arguments
  if (( CURRENT == 2 )); then ${list(groups.map(({ word, summary }) => [word, summary]))}; fi
  case "$words[2]" in
${branches.join('\n')}
  esac
  shift words; (( CURRENT-- ))
  _arguments $arguments
}
if [[ "$funcstack[1]" == _signpost ]]; then _signpost "$@"; else compdef _signpost signpost; fi
`;
}

function fish(groups: readonly Group[]): string {
  const lines = ['# fish completion for signpost: signpost completion fish | source', 'complete -c signpost -f'];
  const addAll = (condition: string, described: DescribedCommand): void => {
    if (takesFile(described)) lines.push(`complete -c signpost -n ${single(condition)} -F`);
    for (const [name, { placeholder, help }] of flagsOf(described)) {
      const value = placeholder === undefined ? '' : fileValues.has(placeholder) ? ' -r -F' : ' -x';
      lines.push(`complete -c signpost -n ${single(condition)} -l ${name}${value} -d ${single(brief(help))}`);
    }
  };
  for (const { word, summary, members, alone } of groups) {
    lines.push(`complete -c signpost -n __fish_use_subcommand -a ${word} -d ${single(brief(summary))}`);
    const inGroup = `__fish_seen_subcommand_from ${word}`;
    if (alone !== undefined) addAll(inGroup, alone);
    const names = members.map(({ name }) => lastWord(name));
    for (const member of members) {
      const own = lastWord(member.name);
      const isOpen = `${inGroup}; and not __fish_seen_subcommand_from ${names.join(' ')}`;
      lines.push(`complete -c signpost -n ${single(isOpen)} -a ${own} -d ${single(brief(member.summary))}`);
      addAll(`${inGroup}; and __fish_seen_subcommand_from ${own}`, member);
    }
  }
  return `${lines.join('\n')}\n`;
}

const shells: Readonly<Record<string, (groups: readonly Group[]) => string>> = { bash, zsh, fish };

/** @param describe loads every command of the program */
export function completionCommand(describe: () => Promise<readonly DescribedCommand[]>): Command {
  return {
    flags: {},
    positionals: ['SHELL'],
    notes: [
      'SHELL is bash, zsh or fish. To have it in every shell, add a line to its start file. bash: source <(signpost completion bash) in ' +
        '~/.bashrc. zsh: source <(signpost completion zsh) in ~/.zshrc, after compinit. fish: signpost completion fish | source in ' +
        '~/.config/fish/config.fish.',
    ],
    async run(given) {
      const [shell = ''] = given.positionals;
      const write = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
      if (write === undefined)
        throw usageError(`no completion for ${quoted(shell)}, ${suggestion(shell, Object.keys(shells))}`, 'completion');
      process.stdout.write(write(groupsOf(await describe())));
      return exitCodes.ok;
    },
  };
}
