// The source texts of the APIs that the server speaks: their curls, run by curl itself with another address, and the answers that they
// print.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);

/** For a test's `skip`: false where there is curl, otherwise why not. */
export const noCurl = hasCurl ? false : 'curl is not installed';

export type Json = Record<string, unknown>;

export class PrintedText {
  /** What stands for what the text prints: its address, its key, an id. */
  readonly values: Record<string, string>;

  constructor(values: Readonly<Record<string, string>>) {
    this.values = { ...values };
  }

  /** Runs a shell's text; gives all that it prints. */
  async print(command: string): Promise<string> {
    let text = command.replaceAll('curl ', 'curl --max-time 60 -sS ');
    for (const [printed, value] of Object.entries(this.values)) text = text.replaceAll(printed, value);
    const { stdout } = await run('sh', ['-ec', text], { env: { PATH: process.env['PATH'] } });
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

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;

/**
 * Everything that a text prints is in the answer, in the same order, with the same value and type; the answer may hold more keys.
 * A time may have milliseconds where they are 0, and an id, `lnk_abc123`, is any.
 */
export function assertPrinted(actual: unknown, printed: unknown, path = ''): void {
  if (printed === 'lnk_abc123') assert.match(String(actual), /^lnk_\w{16}$/, path);
  else if (typeof printed === 'string' && isoTime.test(printed)) {
    assert.match(String(actual), isoTime, path);
    assert.equal(Date.parse(actual as string), Date.parse(printed), path);
  } else if (typeof printed !== 'object' || printed === null) assert.equal(actual, printed, path);
  else {
    const keys = Object.keys(printed);
    assert.equal(Array.isArray(actual), Array.isArray(printed), path);
    const own = Object.keys(actual as object).filter((key) => keys.includes(key));
    assert.deepEqual(own, keys, path);
    if (Array.isArray(printed)) assert.equal((actual as unknown[]).length, printed.length, path);
    for (const key of keys)
      assertPrinted((actual as Json)[key], (printed as Json)[key], path === '' ? key : `${path}.${key}`);
  }
}
