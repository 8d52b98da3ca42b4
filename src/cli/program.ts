// The table of commands and the one place that turns a command line into an exit code.

import { AppError, type ErrorCode } from '../core/errors.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import { suggestion } from '../core/nearest.ts';
import { escapeControls, quoted } from '../core/one-line.ts';
import { packageVersion } from './package-version.ts';
import { parseArguments, usageError, type Command } from './command.ts';
import type { DescribedCommand } from './completion.ts';
import { commandHelp, groupHelp, programHelp, type CommandEntry } from './help.ts';

/** Loaded when it is chosen: `version` should not wait for SQL, nor a start for what other commands need. */
interface LoadedEntry extends CommandEntry {
  load(): Promise<Command>;
}

const commands: readonly LoadedEntry[] = [
  {
    name: 'serve',
    summary: 'Start the server.',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  {
    name: 'users create',
    summary: 'Create a user and print its id.',
    load: async () => (await import('./users.ts')).usersCreateCommand,
  },
  {
    name: 'users list',
    summary: 'List the users.',
    load: async () => (await import('./users.ts')).usersListCommand,
  },
  {
    name: 'keys create',
    summary: 'Create an API key and print it. It is shown this once.',
    load: async () => (await import('./keys.ts')).keysCreateCommand,
  },
  {
    name: 'keys list',
    summary: 'List API keys, without their secrets.',
    load: async () => (await import('./keys.ts')).keysListCommand,
  },
  {
    name: 'keys revoke',
    summary: 'Revoke an API key for good, by its id.',
    load: async () => (await import('./keys.ts')).keysRevokeCommand,
  },
  {
    name: 'links create',
    summary: 'Make a short link and print its address.',
    load: async () => (await import('./link-changes.ts')).linksCreateCommand,
  },
  {
    name: 'links list',
    summary: "List a user's links.",
    load: async () => (await import('./link-listing.ts')).linksListCommand,
  },
  {
    name: 'links show',
    summary: 'Show everything of a link, by its id.',
    load: async () => (await import('./link-listing.ts')).linksShowCommand,
  },
  {
    name: 'links archive',
    summary: 'Archive a link, by its id: it answers 410 from then on.',
    load: async () => (await import('./link-changes.ts')).linksArchiveCommand,
  },
  {
    name: 'links delete',
    summary: 'Delete an archived link for good, by its id.',
    load: async () => (await import('./link-deletion.ts')).linksDeleteCommand,
  },
  {
    name: 'links purge',
    summary: 'The same as links delete.',
    load: async () => (await import('./link-deletion.ts')).linksDeleteCommand,
  },
  {
    name: 'stats',
    summary: 'Show the statistics of a link, by its id.',
    load: async () => (await import('./stats.ts')).statsCommand,
  },
  {
    name: 'backup',
    summary: 'Copy the whole database into one file, while the server runs.',
    load: async () => (await import('./backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    summary: 'Make a backup the database of a data folder.',
    load: async () => (await import('./backup.ts')).restoreCommand,
  },
  {
    name: 'export',
    summary: 'Write everything into an archive of JSON lines, while the server runs.',
    load: async () => (await import('./archive.ts')).exportCommand,
  },
  {
    name: 'import',
    summary: 'Make an archive the database of an empty server.',
    load: async () => (await import('./archive.ts')).importCommand,
  },
  {
    name: 'domains list',
    summary: 'List custom domains, and how their proofs stand.',
    load: async () => (await import('./domains.ts')).domainsListCommand,
  },
  {
    name: 'domains verify',
    summary: 'Look for the proof of a custom domain now, by its id.',
    load: async () => (await import('./domain-verification.ts')).domainsVerifyCommand,
  },
  {
    name: 'clicks erase',
    summary: "Take one visitor's address out of all stored hits.",
    load: async () => (await import('./clicks.ts')).clicksEraseCommand,
  },
  {
    name: 'jobs list',
    summary: 'List the timed jobs: when each ran, and when it is due.',
    load: async () => (await import('./jobs.ts')).jobsListCommand,
  },
  {
    name: 'jobs run',
    summary: 'Run a timed job now, by its name.',
    load: async () => (await import('./jobs.ts')).jobsRunCommand,
  },
  {
    name: 'config print',
    summary: 'Print the configuration in use as TOML, and where each value comes from.',
    load: async () => (await import('./config.ts')).configPrintCommand,
  },
  {
    name: 'config check',
    summary: 'Check the configuration; exit code 2 and one line when something is wrong with it.',
    load: async () => (await import('./config.ts')).configCheckCommand,
  },
  {
    name: 'doctor',
    summary: 'Look at everything that can go wrong, and say what to do; exit code 1 when something has.',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  {
    name: 'service install',
    summary: 'Install the server as a systemd service, locked in as far as it goes.',
    load: async () => (await import('./service.ts')).serviceInstallCommand,
  },
  {
    name: 'health',
    summary: 'Ask the running server whether it can write; exit code 1 when not.',
    load: async () => (await import('./health.ts')).healthCommand,
  },
  {
    name: 'version',
    summary: 'Print the version, the commit, and the Node and SQLite inside.',
    load: async () => (await import('./version.ts')).versionCommand,
  },
  {
    name: 'licenses',
    summary: 'Print the licences of everything inside the executable.',
    load: async () => (await import('./licenses.ts')).licensesCommand,
  },
  {
    name: 'completion',
    summary: 'Print what completes commands and flags in bash, zsh or fish.',
    load: async () => (await import('./completion.ts')).completionCommand(describeAll),
  },
  {
    name: 'help',
    summary: 'Explain the program or a command: signpost help serve.',
    load: () => Promise.resolve(helpCommand),
  },
];

const helpCommand: Command = {
  flags: { json: { help: 'Print a JSON array of all commands, their arguments and flags.' } },
  async run(given) {
    if (!given.has('json')) return help([]);
    const described = (await describeAll()).map(({ name, summary, command }) => ({
      name,
      summary,
      positionals: command.positionals ?? [],
      flags: Object.entries(command.flags).map(([flag, { placeholder = null, help: text }]) => ({
        name: flag,
        placeholder,
        help: text,
      })),
    }));
    process.stdout.write(`${JSON.stringify(described, null, 2)}\n`);
    return exitCodes.ok;
  },
};

/** Every command, loaded. */
async function describeAll(): Promise<DescribedCommand[]> {
  return Promise.all(
    commands.map(async (entry) => ({ name: entry.name, summary: entry.summary, command: await entry.load() })),
  );
}

/** The commands of a group by its name: `users` → users create, users list. */
function groupOf(word: string): readonly LoadedEntry[] {
  return commands.filter((entry) => entry.name.startsWith(`${word} `));
}

/** The command that the words begin with. */
function find(words: readonly string[]): LoadedEntry | undefined {
  return commands.find((entry) => entry.name.split(' ').every((word, index) => word === words[index]));
}

function isHelpFlag(word: string | undefined): boolean {
  return word === '--help' || word === '-h';
}

async function help(words: readonly string[]): Promise<number> {
  process.stdout.write(await helpText(words));
  return exitCodes.ok;
}

async function helpText(words: readonly string[]): Promise<string> {
  const [word] = words;
  if (word === undefined) return programHelp(packageVersion, commands);
  const entry = find(words);
  if (entry !== undefined) return commandHelp(entry, await entry.load());
  const group = words.length === 1 ? groupOf(word) : [];
  if (group.length > 0) return groupHelp(word, group);
  throw unknownCommand(words);
}

function unknownCommand(words: readonly string[]): StartError {
  const [word = '', second] = words;
  const group = groupOf(word);
  if (group.length === 0) {
    const known = [...new Set(commands.map((entry) => entry.name.split(' ', 1)[0]!))];
    return usageError(`unknown command ${quoted(word)}, ${suggestion(word, known)}`);
  }
  if (second === undefined || second.startsWith('-')) {
    const known = group.map((entry) => entry.name.slice(word.length + 1));
    return usageError(`"signpost ${word}" needs one of: ${known.join(', ')}`, word);
  }
  const typed = `${word} ${second}`;
  const names = group.map((entry) => entry.name);
  return usageError(`unknown command ${quoted(typed)}, ${suggestion(typed, names)}`, word);
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const [word, second] = argv;
  if (word === undefined || isHelpFlag(word)) return help([]);
  if (word === '--version' || word === '-V') return dispatch(['version', '--short', ...argv.slice(1)]);
  if (word === 'help' && second?.startsWith('-') !== true) return help(argv.slice(1));
  if (word.startsWith('-')) {
    throw usageError(`${quoted(word)} stands before the command; flags follow it: signpost serve --server-port 9000`);
  }
  const entry = find(argv);
  if (entry === undefined) {
    if (isHelpFlag(second)) return help([word]);
    throw unknownCommand(argv);
  }
  const command = await entry.load();
  const given = parseArguments(entry.name, command, argv.slice(entry.name.split(' ').length));
  return given.wantsHelp ? help(entry.name.split(' ')) : command.run(given);
}

/** What is wrong with what was typed, as opposed to what is in the database. */
const inputFaults: ReadonlySet<ErrorCode> = new Set(['VALIDATION_ERROR', 'INVALID_EXPIRATION']);

/** The failure as one line for standard error, and the exit code that goes with it. */
function explain(error: unknown): { line: string; exitCode: number } {
  if (error instanceof StartError) return { line: error.message, exitCode: error.exitCode };
  if (error instanceof AppError)
    return { line: error.message, exitCode: inputFaults.has(error.code) ? exitCodes.usage : exitCodes.failure };
  if (!(error instanceof Error)) return { line: `internal error: ${String(error)}`, exitCode: exitCodes.failure };
  // What the system refused explains itself; for anything else, where it happened is worth more than a second line.
  const place =
    'code' in error
      ? ''
      : ` (${
          error.stack
            ?.split('\n')
            .find((line) => line.startsWith('    at '))
            ?.trim() ?? 'no stack'
        })`;
  return { line: `${'code' in error ? '' : 'internal error: '}${error.message}${place}`, exitCode: exitCodes.failure };
}

/** Runs one command line. Never throws: a failure is one line on standard error and an exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    const { line, exitCode } = explain(error);
    process.stderr.write(`signpost: ${escapeControls(line)}\n`);
    return exitCode;
  }
}
