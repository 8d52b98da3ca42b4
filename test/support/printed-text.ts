// The source texts of the APIs that the server speaks: their curls, run by curl itself with another address, and the answers that they
// print.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const canRun = (file: string, args: readonly string[]): Promise<boolean> =>
  run(file, args).then(
    () => true,
    () => false,
  );

/** For a test's `skip`: false where there is curl, otherwise why not. */
export const noCurl = (await canRun('curl', ['--version'])) ? false : 'curl is not installed';
/** The same for Python with the library that the texts use. */
export const noPython = (await canRun('python3', ['-c', 'import requests']))
  ? false
  : 'Python with requests is not installed';

export type Json = Record<string, unknown>;

export class PrintedText {
  /** What stands for what the text prints: its address, its key, an id. */
  readonly values: Record<string, string>;

  constructor(values: Readonly<Record<string, string>>) {
    this.values = { ...values };
  }

  /** Runs a shell's text; gives all that it prints. */
  print(command: string): Promise<string> {
    return this.#printOf('sh', '-ec', command.replaceAll('curl ', 'curl --max-time 60 -sS '));
  }

  /** The same of a program in Python. */
  printOfPython(program: string): Promise<string> {
    return this.#printOf('python3', '-c', program);
  }

  async #printOf(file: string, option: string, printed: string): Promise<string> {
    let text = printed;
    for (const [shown, value] of Object.entries(this.values)) text = text.replaceAll(shown, value);
    const { stdout } = await run(file, [option, text], { env: { PATH: process.env['PATH'] } });
    return stdout;
  }

  async run(command: string): Promise<Json> {
    return JSON.parse(await this.print(command)) as Json;
  }

  /** The `data` of a success. */
  async data(command: string): Promise<Json> {
    const { success, data } = (await this.run(command)) as { success: boolean; data: Json };
    assert.ok(success, JSON.stringify(data));
    return data;
  }
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** The whole answer of statistics, in its order. */
export const statsKeys = (
  'from to totalClicks uniqueVisitors timeZone interval bots previous lastClickedAt byCountry byRegion byCity byDevice byBrowser ' +
  'byBrowserVersion byOs byOsVersion byReferrer byReferrerUrl byLanguage byUtmSource byUtmMedium byUtmCampaign byUtmTerm byUtmContent ' +
  'byTarget byQr overTime'
).split(' ');

/** The whole link object, in its order; the texts leave some of it out. */
export const linkKeys = Object.keys(newLink('', '', ''));

/** A link on go2.gg of which nothing was said but where it leads. */
export function newLink(id: string, slug: string, madeAt: string): Json {
  return {
    id,
    shortUrl: `https://go2.gg/${slug}`,
    destinationUrl: '',
    slug,
    domain: 'go2.gg',
    title: null,
    description: null,
    tags: [],
    hasPassword: false,
    expiresAt: null,
    clickLimit: null,
    oneTime: false,
    expiredUrl: null,
    clickCount: 0,
    geoTargets: null,
    deviceTargets: null,
    utm: { source: null, medium: null, campaign: null, term: null, content: null },
    deepLinks: { ios: null, android: null },
    og: { title: null, description: null, image: null },
    forwardQuery: true,
    redirectStatus: 302,
    trackAnalytics: true,
    filterBots: true,
    publicStats: false,
    metadata: null,
    isArchived: false,
    isPublic: true,
    createdAt: madeAt,
    updatedAt: madeAt,
    lastClickedAt: null,
  };
}

/** The whole of a new link: what was sent, and nothing else but what every link has, in its order. */
export function assertMade(made: Json, sent: Json, madeAt: string): void {
  const { id, slug } = made;
  assert.match(String(id), /^lnk_\w{16}$/);
  assertSame(made, { ...newLink(String(id), String(slug), madeAt), ...sent });
  if (!('slug' in sent)) assert.match(String(slug), /^[2-9A-HJ-NP-Za-km-z]{7}$/);
}

/** As `deepEqual`, and in the same order at every depth. */
export function assertSame(actual: Json, expected: Json): void {
  assert.deepEqual(actual, expected);
  assert.equal(JSON.stringify(actual), JSON.stringify(expected));
}

/**
 * Everything that a text prints is in the answer, in the same order, with the same value and type, and nothing else is, but the keys that
 * are named for the object at its path. Of a time the milliseconds are 0, which the texts leave out; an id, `lnk_abc123`, is any.
 * @param wholeKeys the keys of an object of which the text prints a part, in their order: `{ data: linkKeys }`, of those of a list: `data.*`
 */
export function assertPrinted(
  actual: unknown,
  printed: unknown,
  wholeKeys: Readonly<Record<string, readonly string[]>> = {},
  path = '',
): void {
  if (printed === 'lnk_abc123') {
    assert.equal(typeof actual, 'string', path);
    assert.match(String(actual), /^lnk_\w{16}$/, path);
  } else if (typeof printed === 'string' && isoTime.test(printed)) {
    assert.equal(actual, printed.replace('Z', '.000Z'), path);
  } else if (typeof printed !== 'object' || printed === null) assert.equal(actual, printed, path);
  else {
    const keys = Object.keys(printed);
    assert.equal(Array.isArray(actual), Array.isArray(printed), path);
    const whole = wholeKeys[path.replaceAll(/\.\d+(?=\.|$)/g, '.*')] ?? keys;
    assert.deepEqual(Object.keys(actual as object), whole, path);
    assert.deepEqual(
      whole.filter((key) => keys.includes(key)),
      keys,
      path,
    );
    for (const key of keys) {
      const below = path === '' ? key : `${path}.${key}`;
      assertPrinted((actual as Json)[key], (printed as Json)[key], wholeKeys, below);
    }
  }
}
