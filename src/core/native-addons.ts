// Native parts inside the executable: unpacked once to a place that only this user can write, then loaded from there.
// Guarantees that every thread loads the same file, and that the file holds exactly the bytes that the executable carries.

import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { getAsset, getRawAsset } from 'node:sea';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** One native part as the build recorded it; `sha256` names the folder it is unpacked to. */
interface NativeAddon {
  readonly name: string;
  readonly sha256: string;
}

/** Workers inherit environment data, so they load from the place that the main thread chose. */
const chosenPlaceKey = 'signpost.nativePlace';

const chunkBytes = 65_536;

let preferredPlace: string | undefined;

/**
 * Names the data folder, so that native parts can go to `<dataDir>/.native` (the folder itself must exist by the time a
 * database is opened). Called by whoever opens the database, before the first one; without effect from source.
 */
export function keepNativeAddonsIn(dataDir: string): void {
  preferredPlace = resolve(dataDir, '.native');
}

/** Loads one native part. The build points every `require` of a `.node` file here; nothing calls it from source. */
export function loadNativeAddon(name: string): unknown {
  const place = unpackNativeAddons();
  const addon = carriedAddons().find((candidate) => candidate.name === name);
  if (addon === undefined) throw new Error(`the executable carries no native part ${name}`);
  const target: { exports: unknown } = { exports: {} };
  process.dlopen(target, addonPath(place, addon));
  return target.exports;
}

/**
 * Unpacks every native part to the first place that will do and returns that place. The first call in the process decides;
 * `$SIGNPOST_CACHE_DIR` is tried alone when set, because an operator who names a place wants to hear that it does not work.
 */
export function unpackNativeAddons(): string {
  const chosen = getEnvironmentData(chosenPlaceKey);
  if (typeof chosen === 'string') return chosen;
  const addons = carriedAddons();
  const reasons: string[] = [];
  for (const place of candidatePlaces()) {
    try {
      for (const addon of addons) unpackNativeAddon(place, addon, Buffer.from(getRawAsset(addon.name)));
      setEnvironmentData(chosenPlaceKey, place);
      return place;
    } catch (error) {
      reasons.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `no place to unpack the native parts to; set SIGNPOST_CACHE_DIR to a folder that only you can write and that allows execution (${reasons.join('; ')})`,
  );
}

function carriedAddons(): NativeAddon[] {
  return JSON.parse(getAsset('native-addons.json', 'utf8')) as NativeAddon[];
}

function candidatePlaces(): string[] {
  const named = process.env['SIGNPOST_CACHE_DIR'];
  if (named !== undefined && named !== '') return [resolve(named)];
  const places = preferredPlace === undefined ? [] : [preferredPlace];
  // One folder for each user: the shared temp folder belongs to everyone, and what lies there may have been put there by anyone.
  places.push(join(tmpdir(), `signpost-${process.getuid?.() ?? 'native'}`));
  return places;
}

function addonPath(place: string, addon: NativeAddon): string {
  return join(place, addon.sha256, addon.name);
}

/**
 * Puts `bytes` at `<place>/<sha256>/<name>`, unless they are there already. Throws when nothing can be written or
 * executed there, or when another user could change what lies there between this look and the load.
 */
export function unpackNativeAddon(place: string, addon: NativeAddon, bytes: Buffer): void {
  makePrivateFolder(place);
  makePrivateFolder(join(place, addon.sha256));
  const path = addonPath(place, addon);
  if (!holds(path, addon, bytes.length)) write(path, addon, bytes);
  // On Linux this fails on a file system mounted noexec, too, which takes the file and refuses to load it.
  accessSync(path, constants.R_OK | constants.X_OK);
}

function write(path: string, addon: NativeAddon, bytes: Buffer): void {
  // Under another name first: a start that is killed halfway never leaves half a file under the right one.
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, bytes, { flag: 'wx', mode: 0o700, flush: true });
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) publish(draft, path);
    else renameSync(draft, path);
    if (!holds(path, addon, bytes.length)) throw new Error(`${path} was written and does not hold what was written`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Linked rather than renamed, which keeps the file of whoever was first: were it exchanged for an equal one, then the
 * worker threads of that process would load a second copy of SQLite beside their main thread's.
 */
function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    // Some file systems have no links; there a second start at the same moment is the smaller risk.
    if (!alreadyExists(error)) renameSync(draft, path);
  }
}

function alreadyExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** By its hash: the part inside the executable then need not be read, and stays out of memory. */
function holds(path: string, addon: NativeAddon, size: number): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (!stats.isFile()) throw new Error(`${path} is not a file`);
  // Replaced rather than refused: the folder is ours alone, so a stray mode or size is an accident.
  if (writableByOthers(stats) || stats.size !== size) return false;
  return sha256Of(path) === addon.sha256;
}

function sha256Of(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const file = openSync(path, 'r');
  try {
    let read: number;
    while ((read = readSync(file, chunk)) > 0) hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

function makePrivateFolder(folder: string): void {
  // Not recursive beyond the data folder: a mistyped path should fail and not grow a tree.
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!alreadyExists(error)) throw error;
  }
  const stats = lstatSync(folder);
  if (!stats.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (writableByOthers(stats)) throw new Error(`${folder} belongs to another user or can be written by one`);
  const parent = dirname(folder);
  const parentStats = statSync(parent);
  // Whoever may rename entries of the parent may swap the folder. The sticky bit of /tmp forbids just that.
  const sticky = (parentStats.mode & 0o1000) !== 0 && isTrusted(parentStats.uid);
  if (writableByOthers(parentStats) && !sticky)
    throw new Error(`${parent} belongs to another user or can be written by one`);
}

function writableByOthers(stats: Stats): boolean {
  // Windows reports no owners and no such modes; there the user's own temp folder is private already.
  if (process.platform === 'win32') return false;
  return !isTrusted(stats.uid) || (stats.mode & 0o022) !== 0;
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.getuid?.();
}
