// A read that fails, while the server answers a visitor: one error page, and the process lives on.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, it } from 'node:test';
import Database from 'better-sqlite3';
import { ApiClient, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

it('shows an error page for a look-up that fails, and redirects again once it works', async () => {
  const server = await startServer();
  await ApiClient.of(server).createLink({ slug: 'failing' });
  await server.kill();
  // A new process, which does not know the link yet.
  const { address, dataFolder } = await startServer({ dataFolder: server.dataFolder });
  const database = new Database(join(dataFolder, 'signpost.db'));
  database.exec('ALTER TABLE links RENAME TO elsewhere');
  const failed = await sendRequest(address, { path: '/failing', headers: { accept: 'text/html' } });
  assert.equal(failed.status, 500);
  assert.doesNotMatch(failed.text, /sqlite|elsewhere|\.ts|\.js/i);
  database.exec('ALTER TABLE elsewhere RENAME TO links');
  database.close();
  assert.equal((await sendRequest(address, { path: '/failing' })).status, 302);
});
