// Threads that still load their native parts when they are to end: stopped in the middle of that, they would abort the whole process.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiClient } from '../support/api-client.ts';
import { closeServers, runServeToEnd, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

class SlowLoading {
  readonly #folder = temporaryFolder();
  readonly environment = {
    TEST_LOADING: this.#folder,
    NODE_OPTIONS: `--import=${new URL('../support/slow-loading.mjs', import.meta.url).href}`,
  };

  begin(): void {
    writeFileSync(join(this.#folder, 'slow'), '');
  }

  /** Numbers of the threads that noted this. */
  threads(noted: 'loads' | 'loaded'): string[] {
    return readdirSync(this.#folder)
      .filter((name) => name.startsWith(`${noted}-`))
      .map((name) => name.slice(noted.length + 1))
      .sort();
  }
}

describe('threads that still load', { concurrency: true }, () => {
  it('have loaded before a server that is stopped ends them', async () => {
    const loading = new SlowLoading();
    const server = await startServer({ environment: loading.environment });
    loading.begin();
    // The thread of statistics is started with the first request to the API.
    await ApiClient.of(server).createLink();
    while (loading.threads('loads').length === 0) await wait(10);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(loading.threads('loaded'), loading.threads('loads'));
  });

  it('have loaded before a server that cannot listen ends them', async () => {
    const loading = new SlowLoading();
    loading.begin();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const { code } = await runServeToEnd({
      dataFolder: temporaryFolder(),
      flags: ['--server-port', port],
      environment: loading.environment,
    });
    taken.close();
    assert.equal(code, 1);
    assert.deepEqual(loading.threads('loaded'), loading.threads('loads'));
    assert.notEqual(loading.threads('loads').length, 0);
  });
});
