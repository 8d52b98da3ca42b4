// A running server moves its write-ahead log into the database, by itself and not by the thread that writes.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { databaseFile } from '../../src/storage/database.ts';
import { ApiClient } from '../support/api-client.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);

const linksPerCall = 1_000;
/** More than 100 MiB of log where nobody moves it. */
const mostCalls = 40;

describe('a running server', () => {
  it('moves its log into the database while it writes', async () => {
    const server = await startServer({ flags: ['--clicks-durability', 'process'] });
    const api = ApiClient.of(server);
    const database = databaseFile(server.dataFolder);
    const bytesAtFirst = statSync(database).size;
    const links = Array.from({ length: linksPerCall }, (_, n) => ({
      destinationUrl: `https://example.com/${n}`,
      description: 'd'.repeat(500),
    }));
    // Only a checkpoint writes to the database itself: the writer's own were switched off when it opened the file.
    let calls = 0;
    for (; statSync(database).size === bytesAtFirst; calls++) {
      assert.ok(
        calls < mostCalls,
        `the log has ${statSync(`${database}-wal`).size} bytes, the database got none of them`,
      );
      assert.equal((await api.post('/links/bulk', links)).status, 201);
    }
    assert.equal(await server.stop(), 0);
  });
});
