// A backup is opened and checked before it gets its name: what is damaged is said when it is copied, and not when it is needed.

import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { databaseFile, openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { closeServers, runSignpost, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

it('refuses to make a backup of a damaged database, says what is damaged, and leaves nothing', async () => {
  const dataFolder = temporaryFolder();
  prepareDatabase(dataFolder);
  const connection = openForCommand(dataFolder);
  // Many small rows of a table, so that the last pages are leaves of it.
  connection.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO settings (name, value) SELECT 'ballast ' || i, randomblob(100) FROM n`);
  connection.close();
  const file = databaseFile(dataFolder);
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(12_288, 0xff), 0, 12_288, statSync(file).size - 16_384);
  closeSync(descriptor);
  const folder = temporaryFolder();
  const made = await runSignpost(['backup', join(folder, 'backup'), '--data-dir', dataFolder]);
  assert.deepEqual([made.code, made.stdout], [1, '']);
  assert.match(made.stderr, /^signpost: the copy of \S+\/signpost\.db is damaged: [^\n]+\n$/);
  assert.deepEqual(readdirSync(folder), []);
});
