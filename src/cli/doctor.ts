// `signpost doctor`: everything that can be looked at, and for everything that is not as it should be what to do. Reads only; the
// server may be running.

import { loadConfigWithOrigins, type LoadedConfig } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import { keepNativeAddonsIn } from '../core/native-addons.ts';
import { escapeControls } from '../core/one-line.ts';
import type { DatabaseFault } from '../storage/database.ts';
import type { Connection } from '../storage/query.ts';
import type { Arguments, Command } from './command.ts';
import { configFlags } from './config-flags.ts';
import { ProgressBar } from './progress.ts';
import { failing, restoreNewest, type Check, type Finding, type Outcome } from './finding.ts';

const report = 'if it happens again, report it with this line';

const remedies: Readonly<Record<DatabaseFault, string>> = {
  missing: 'start the server once, or set data_dir to where the data is',
  unreadable: 'run this as the user of the server, or as root',
  older: 'start the server: it makes a copy first, and upgrades it',
  newer:
    'run that version, or go back to the copy that its upgrade made: signpost restore FILE --replace, docs/upgrades.md',
  foreign: 'set data_dir to where the data is',
  damaged: restoreNewest,
};

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function outcomesOf({ name, run }: Check): Promise<Finding[]> {
  let outcomes: Outcome[];
  try {
    outcomes = await run();
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && error.code === 'EACCES';
    const remedy = isForbidden ? remedies.unreadable : report;
    outcomes = [failing(`could not be looked at: ${reasonOf(error)}`, remedy)];
  }
  return outcomes.map((outcome): Finding => ({ check: name, ...outcome }));
}

function shown({ check, level, message, remedy }: Finding): string {
  const line = `${level.padEnd(8)} ${check.padEnd(12)} ${escapeControls(message)}\n`;
  return remedy === null ? line : `${line}${' '.repeat(22)}→ ${escapeControls(remedy)}\n`;
}

/** The database, or what is to be said where it cannot be opened. */
async function openDatabase(dataFolder: string): Promise<Connection | Check> {
  // Loaded this late so that wrong configuration needs no native code.
  const { openForCommand, UnusableDatabase } = await import('../storage/database.ts');
  try {
    return openForCommand(dataFolder);
  } catch (error) {
    if (!(error instanceof UnusableDatabase)) throw error;
    return { name: 'database', run: () => [failing(error.message, remedies[error.fault])] };
  }
}

/** Looks at everything, tells each finding as soon as there is one, and gives all. */
async function examine(loaded: LoadedConfig, given: Arguments, tell: (finding: Finding) => void): Promise<Finding[]> {
  const findings: Finding[] = [];
  const look = async (check: Check): Promise<void> => {
    const bar = new ProgressBar('doctor');
    bar.note(check.name);
    const outcomes = await outcomesOf(check);
    bar.end();
    for (const finding of outcomes) {
      findings.push(finding);
      tell(finding);
    }
  };
  const { config } = loaded;
  const now = systemClock.now();
  const { isPublicName, machineChecks } = await import('./doctor-machine.ts');
  for (const check of machineChecks(loaded, now)) await look(check);
  keepNativeAddonsIn(config.data_dir);
  const opened = await openDatabase(config.data_dir);
  const hosts = config['server.public_url'] === undefined ? [] : [new URL(config['server.public_url']).hostname];
  if ('run' in opened && 'name' in opened) await look(opened);
  else {
    const [{ databaseChecks }, { listVerifiedDomains }] = await Promise.all([
      import('./doctor-database.ts'),
      import('../domains/domain-store.ts'),
    ]);
    try {
      hosts.push(...listVerifiedDomains(opened).flatMap(({ serves, host }) => (serves ? [host] : [])));
      for (const check of databaseChecks(opened, now, given.has('quick'))) await look(check);
    } finally {
      opened.close();
    }
  }
  const { dnsCheck } = await import('./doctor-dns.ts');
  if (!given.has('offline')) await look(dnsCheck([...new Set(hosts)].filter(isPublicName), config['dns.servers']));
  return findings;
}

export const doctorCommand: Command = {
  flags: {
    quick: { help: 'Leave out what reads the whole database: integrity and roll-ups.' },
    offline: { help: 'Ask no DNS server.' },
    strict: { help: 'Let warnings, too, end with exit code 1.' },
    json: { help: 'Print a JSON array of findings: check, level, message, remedy.' },
    ...configFlags,
  },
  notes: [
    'Looks at configuration, permissions, lock, disk, clock, geo file, the database and its references, roll-ups, custom domains and ' +
      'DNS. Every roll-up of clicks is made anew from the hits that it was made of, and compared: some seconds for a million clicks.',
    'Give the flags that the server is started with. The server may be running: what it writes meanwhile is not looked at.',
    'Exit codes: 0 nothing is wrong, 1 an error was found, 2 wrong configuration or command line.',
  ],
  async run(given) {
    const isJson = given.has('json');
    const finish = (findings: readonly Finding[]): void => {
      if (isJson) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    };
    const tell = (finding: Finding): void => {
      if (!isJson) process.stdout.write(shown(finding));
    };
    let loaded: LoadedConfig;
    try {
      loaded = loadConfigWithOrigins({ flags: given.texts(configFlags) });
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      const remedy = 'correct it, and see: signpost config check';
      const finding: Finding = { check: 'config', ...failing(error.message, remedy) };
      tell(finding);
      finish([finding]);
      return exitCodes.usage;
    }
    const findings = await examine(loaded, given, tell);
    finish(findings);
    const isWrong = findings.some(({ level }) => level === 'error' || (level === 'warning' && given.has('strict')));
    return isWrong ? exitCodes.failure : exitCodes.ok;
  },
};
