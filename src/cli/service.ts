// `signpost service install`: writes the systemd unit, or prints it.

import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { isExecutable } from '../core/assets.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import type { Command } from './command.ts';
import { unitText } from './service-unit.ts';

const unitName = 'signpost.service';
/** As the unit has it. */
const stateFolder = '/var/lib/signpost';
const systemFolder = '/etc/systemd/system';
// ProtectHome hides them from the service.
const hiddenFolders = ['/home/', '/root/', '/run/user/', '/tmp/', '/var/tmp/'];
const firstFreePort = 1_024;

function refuse(message: string, cause?: unknown): StartError {
  return new StartError(message, exitCodes.failure, { cause });
}

/** The program as the service will start it. */
function ownCommand(): string[] {
  const program = realpathSync(process.execPath);
  return isExecutable() ? [program] : [program, realpathSync(process.argv[1] ?? '')];
}

function requireReachable(path: string): void {
  const hidden = hiddenFolders.find((folder) => path.startsWith(folder));
  if (hidden !== undefined)
    throw refuse(`the service cannot see ${path}: put it elsewhere than ${hidden}, such as /usr/local/bin/signpost`);
}

function reloadSystemd(): void {
  try {
    execFileSync('systemctl', ['daemon-reload'], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : String(cause);
    throw refuse(`the unit is written, and systemd did not read it: ${reason}`, cause);
  }
}

export const serviceInstallCommand: Command = {
  flags: {
    'dry-run': { help: 'Print the unit, and change nothing.' },
    config: {
      placeholder: 'FILE',
      help: 'Configuration file of the service. Without it /etc/signpost.toml, where present.',
    },
    'unit-dir': {
      placeholder: 'DIR',
      help: `Write the unit there, and do not tell systemd. Default: ${systemFolder}.`,
    },
    json: { help: 'Print a JSON object: path (null for a dry run) and unit.' },
  },
  notes: [
    'The service runs as a user that exists only while it runs, keeps its data in /var/lib/signpost and can write nothing else. ' +
      'Afterwards start it, now and at every boot, with: systemctl enable --now signpost',
    'Commands on its data: signpost users list --data-dir /var/lib/signpost, as root. Its first key is in: journalctl -u signpost',
    'The configuration file has to be readable for everybody; secrets are better put into the unit: systemctl edit signpost',
  ],
  run(given) {
    const usual = '/etc/signpost.toml';
    const named = given.text('config');
    const configFile = named === undefined ? (existsSync(usual) ? usual : undefined) : resolve(named);
    const config = loadConfig({
      flags: configFile === undefined ? {} : { config: configFile },
      environment: {},
      workingDirectory: '/',
    });
    const { 'server.port': port, 'backups.folder': backups } = config;
    if (backups !== undefined && !`${backups}/`.startsWith(`${stateFolder}/`))
      throw refuse(
        `the service can write below ${stateFolder} only: unset backups.folder, and put another disk at ${stateFolder}/backups`,
      );
    const command = ownCommand();
    const unit = unitText({ command, configFile, needsLowPort: port > 0 && port < firstFreePort });
    const isJson = given.has('json');
    if (given.has('dry-run')) {
      process.stdout.write(isJson ? `${JSON.stringify({ path: null, unit })}\n` : unit);
      return exitCodes.ok;
    }
    if (process.platform !== 'linux') throw refuse('services are installed where there is systemd; see --dry-run');
    for (const path of [...command, ...(configFile === undefined ? [] : [configFile])]) requireReachable(path);
    const folder = given.text('unit-dir') ?? systemFolder;
    const path = resolve(folder, unitName);
    try {
      accessSync(folder, constants.W_OK);
      const partial = join(folder, `.${unitName}-${process.pid}`);
      writeFileSync(partial, unit, { mode: 0o644 });
      renameSync(partial, path);
    } catch (cause) {
      throw refuse(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
    if (given.text('unit-dir') === undefined) reloadSystemd();
    process.stdout.write(
      isJson
        ? `${JSON.stringify({ path, unit })}\n`
        : `${path} is written. Start it: systemctl enable --now signpost\n`,
    );
    return exitCodes.ok;
  },
};
