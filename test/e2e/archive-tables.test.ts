// Nothing is forgotten by an archive: a database with a row in every table of schema.sql goes out, in and out again as the same bytes.
// A table that is added is in it from that day on, or is named among those that stay behind.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { leftOut } from '../../src/storage/archive-format.ts';
import { openForCommand, openReader } from '../../src/storage/database.ts';
import { ApiClient } from '../support/api-client.ts';
import { Receivers, refuse } from '../support/receiver.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';
import { createWebhook, deliveriesOf } from '../support/subscribed-server.ts';
import { fillEmptyTables, rowsOf, tablesOf } from '../support/table-rows.ts';

const receivers = new Receivers();
after(() => receivers.close());
after(closeServers);

/** Of webhooks what only a receiver makes; then a row in every table that is empty still. */
async function fullDatabase(): Promise<string> {
  const server = await startServer({ flags: ['--webhooks-allow', '127.0.0.1'] });
  const api = ApiClient.of(server);
  const hook = await receivers.start();
  const webhook = await createWebhook(api, { url: hook.url, events: ['link.created'] });
  await api.createLink({ password: 'open sesame' });
  await hook.has(1);
  hook.answering = refuse;
  await api.createLink({ tags: ['a'] });
  // One was delivered, and one failed and is to be tried again.
  for (;;) {
    const deliveries = await deliveriesOf(api, webhook);
    if (deliveries.some(({ statusCode, nextAttemptAt }) => statusCode === 503 && nextAttemptAt !== null)) break;
  }
  assert.equal(await server.stop(), 0);
  const connection = openForCommand(server.dataFolder);
  fillEmptyTables(connection);
  connection.close();
  return server.dataFolder;
}

async function exported(dataFolder: string, ...flags: string[]): Promise<string> {
  const file = join(temporaryFolder(), 'archive.ndjson');
  const done = await runSignpost(['export', file, '--data-dir', dataFolder, ...flags]);
  assert.equal(done.code, 0, done.stderr);
  return readFileSync(file, 'utf8');
}

describe('an archive of everything', () => {
  let dataFolder: string;
  before(async () => {
    dataFolder = await fullDatabase();
  });

  for (const flags of [['--clicks'], []])
    it(`has a line of every table, and comes back as the same bytes, "signpost export ${flags.join('')}"`, async () => {
      const text = await exported(dataFolder, ...flags);
      const connection = openReader(dataFolder);
      const tables = tablesOf(connection);
      const lines = new Map<string, number>();
      for (const [, table] of text.matchAll(/^\{"table":"(\w+)"/gm)) lines.set(table!, (lines.get(table!) ?? 0) + 1);
      for (const table of tables) {
        const rows = rowsOf(connection, table);
        assert.ok(rows > 0, table);
        assert.equal(lines.get(table) ?? 0, Object.hasOwn(leftOut, table) ? 0 : rows, table);
      }
      connection.close();
      const file = join(temporaryFolder(), 'copy');
      await runSignpost(['export', file, '--data-dir', dataFolder, ...flags]);
      const back = join(temporaryFolder(), 'new');
      const done = await runSignpost(['import', file, '--data-dir', back]);
      assert.equal(done.code, 0, done.stderr);
      assert.equal((await exported(back, ...flags)) === text, true, 'other bytes');
    });
});
