// What `signpost doctor` looks at around the database: configuration, folders, lock, disk, clock, geo file. Opens no file of the database.

import { accessSync, constants, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import type { OptionKey } from '../config/options.ts';
import { assetBytes } from '../core/assets.ts';
import { dayMs, hourMs } from '../core/periods.ts';
import { parseSchedule } from '../core/schedule.ts';
import { backupFolder, keptBackups } from '../storage/kept-backups.ts';
import { type Check, failing, ok, type Outcome, skipped, warning } from './finding.ts';

const leastFreeBytes = 200e6;
/** Countries move slowly; a file of the operator's is there because it is exact. */
const maxGeoAgeDays = { embedded: 540, file: 120 };
const othersMayRead = 0o077;
const databaseFiles = /^signpost\.(?:db(?:-wal|-shm)?|guard|lock)$/;
// Before this program was written.
const earliestNow = Date.UTC(2026, 0, 1);

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Windows has no such modes. */
function modeOf(path: string): number | undefined {
  return process.platform === 'win32' ? undefined : statSync(path, { throwIfNoEntry: false })?.mode;
}

function configOutcomes({ config, origins }: LoadedConfig): Outcome[] {
  const outcomes: Outcome[] = [];
  const url = config['server.public_url'];
  const isOpen = !['127.0.0.1', '::1', 'localhost'].includes(config['server.host']);
  if (url === undefined)
    outcomes.push(
      warning(
        'server.public_url is not set: short links carry the address that is listened on',
        'set it to what visitors see, such as https://go.example',
      ),
    );
  if (url?.startsWith('https:') === true && config['server.trusted_proxies'].length === 0)
    outcomes.push(
      warning(
        'server.public_url is https, and server.trusted_proxies is empty: every visitor seems to come from the proxy',
        'set server.trusted_proxies to the network of the proxy that has the certificate',
      ),
    );
  if (isOpen && url?.startsWith('https:') !== true)
    outcomes.push(
      warning(
        `server.host is ${config['server.host']}, and server.public_url not https: API keys cross the network in the clear`,
        'listen on 127.0.0.1 behind a proxy with a certificate',
      ),
    );
  const secrets = (['metrics.token'] satisfies OptionKey[]).filter((key) => origins[key].endsWith('.toml'));
  for (const key of secrets) {
    const mode = modeOf(origins[key]);
    if (mode !== undefined && (mode & othersMayRead) !== 0)
      outcomes.push(warning(`${origins[key]} holds ${key} and others can read it`, `chmod 600 ${origins[key]}`));
  }
  return outcomes.length === 0 ? [ok('nothing in it is unusual')] : outcomes;
}

function mayLookInto(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function folderOutcomes(dataFolder: string): Outcome[] {
  const stats = statSync(dataFolder, { throwIfNoEntry: false });
  if (stats === undefined)
    return [failing(`there is no folder ${dataFolder}`, 'start the server once, or set data_dir to where the data is')];
  if (!stats.isDirectory()) return [failing(`${dataFolder} is no folder`, 'set data_dir to where the data is')];
  if (process.platform === 'win32') return [ok(dataFolder)];
  const outcomes: Outcome[] = [];
  if ((stats.mode & othersMayRead) !== 0)
    outcomes.push(
      warning(`others may look into ${dataFolder}, which has keys' hashes in it`, `chmod 700 ${dataFolder}`),
    );
  const own = process.getuid?.();
  const isOthers = own !== 0 && own !== stats.uid;
  if (isOthers)
    outcomes.push(
      failing(
        `${dataFolder} belongs to another user (${stats.uid}) than this one (${own})`,
        `run this as that user, or as root; where this one is to run the server: chown -R ${own} ${dataFolder}`,
      ),
    );
  if (!mayLookInto(dataFolder))
    return isOthers ? outcomes : [failing(`this user may not look into ${dataFolder}`, `chmod 700 ${dataFolder}`)];
  for (const name of readdirSync(dataFolder).filter((entry) => databaseFiles.test(entry))) {
    const path = join(dataFolder, name);
    const uid = statSync(path, { throwIfNoEntry: false })?.uid ?? stats.uid;
    if (uid !== stats.uid)
      outcomes.push(
        failing(
          `${path} belongs to another user (${uid}) than its folder (${stats.uid}), whose server cannot use it then`,
          `chown ${stats.uid} ${path}`,
        ),
      );
  }
  return outcomes.length === 0 ? [ok(`${dataFolder} is for its owner alone`)] : outcomes;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There, and not ours to signal.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Reads the name only: to try the lock could make a server that is starting believe that another one runs. */
function lockOutcomes(dataFolder: string): Outcome[] {
  let text: string;
  try {
    text = readFileSync(join(dataFolder, 'signpost.lock'), 'utf8').trim();
  } catch {
    return [ok('no server is running here')];
  }
  if (!/^\d{1,10}$/.test(text))
    return [warning('signpost.lock names no process', 'it is written anew at the next start')];
  if (isRunning(Number(text))) return [ok(`a server is running here, process ${text}`)];
  return [
    warning(
      `process ${text} was running here, and is not any more or in a container: it did not stop in order`,
      'nothing is locked, and nothing needs to be repaired: start the server, and look into its log for why it ended',
    ),
  ];
}

function diskOutcomes(dataFolder: string): Outcome[] {
  const { bavail, bsize } = statfsSync(dataFolder);
  const free = bavail * bsize;
  const used = statSync(join(dataFolder, 'signpost.db'), { throwIfNoEntry: false })?.size ?? 0;
  const log = statSync(join(dataFolder, 'signpost.db-wal'), { throwIfNoEntry: false })?.size ?? 0;
  const text = `${megabytes(free)} free, the database has ${megabytes(used)}, its log ${megabytes(log)}`;
  if (free < leastFreeBytes)
    return [failing(text, 'make room: on a full disk visitors are redirected and their clicks are lost')];
  if (free < used + log)
    return [warning(text, 'make room: a backup and an upgrade on this disk need as much as the database has')];
  return [ok(text)];
}

function clockOutcomes(now: number): Outcome[] {
  return now < earliestNow
    ? [
        failing(
          `the clock says ${new Date(now).toISOString()}`,
          'set it, best by NTP: links would not expire when they should',
        ),
      ]
    : [ok(new Date(now).toISOString())];
}

async function geoOutcomes(file: string, now: number): Promise<Outcome[]> {
  const { openGeo } = await import('../clicks/geo.ts');
  const isEmbedded = file === 'embedded';
  const remedy = isEmbedded
    ? 'update Signpost, or set geo.database to a file of your own'
    : 'get a newer file; it is taken up without a restart';
  let geo;
  try {
    geo = openGeo({ bytes: isEmbedded ? assetBytes('country.mmdb') : readFileSync(file) });
  } catch (error) {
    return [failing(`geo.database: ${error instanceof Error ? error.message : String(error)}`, remedy)];
  }
  const days = Math.floor((now - geo.builtAt.getTime()) / dayMs);
  const text = `${isEmbedded ? 'the one built in' : file}, ${geo.databaseType}, is ${days} days old`;
  return [days > maxGeoAgeDays[isEmbedded ? 'embedded' : 'file'] ? warning(text, remedy) : ok(text)];
}

function backupOutcomes({ config }: LoadedConfig, now: number): Outcome[] {
  const schedule = parseSchedule(config['backups.schedule'] ?? '');
  if (schedule === undefined)
    return [skipped('the server makes none by itself: set backups.schedule, or see to signpost backup otherwise')];
  const folder = backupFolder(config['backups.folder'], config.data_dir);
  const remedy = 'make one now, and see what it says: signpost jobs run backups.make';
  const [newest] = keptBackups(folder);
  if (newest === undefined) return [warning(`there is none in ${folder} yet`, remedy)];
  const text = `the newest is of ${new Date(newest.at).toISOString()}`;
  // One may take its time, or have been put off by a restart.
  return [now - newest.at > 2 * schedule.everyMs + hourMs ? failing(`${text}: some are missing`, remedy) : ok(text)];
}

/** Whether it is a name that people look up. */
export function isPublicName(host: string): boolean {
  return isIP(host.replaceAll(/[[\]]/g, '')) === 0 && host !== 'localhost' && !host.endsWith('.localhost');
}

export function machineChecks(loaded: LoadedConfig, now: number): Check[] {
  const { data_dir: dataFolder, 'geo.database': geoFile } = loaded.config;
  const inFolder = (look: (folder: string) => Outcome[]) => (): Outcome[] => {
    if (statSync(dataFolder, { throwIfNoEntry: false })?.isDirectory() !== true)
      return [skipped('there is no data folder')];
    return mayLookInto(dataFolder) ? look(dataFolder) : [skipped('this user may not look into the data folder')];
  };
  return [
    { name: 'config', run: () => configOutcomes(loaded) },
    { name: 'permissions', run: () => folderOutcomes(dataFolder) },
    { name: 'lock', run: inFolder(lockOutcomes) },
    { name: 'disk', run: inFolder(diskOutcomes) },
    { name: 'clock', run: () => clockOutcomes(now) },
    { name: 'geo', run: async () => geoOutcomes(geoFile, now) },
    { name: 'backups', run: () => backupOutcomes(loaded, now) },
  ];
}
