// Archives by the command, and what a data folder holds.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { runSignpost, temporaryFolder } from './server-process.ts';

/** The file of a new archive. */
export async function exported(dataFolder: string, ...flags: string[]): Promise<string> {
  const file = join(temporaryFolder(), 'archive.ndjson');
  const done = await runSignpost(['export', file, '--data-dir', dataFolder, ...flags]);
  assert.equal(done.code, 0, done.stderr);
  return file;
}

/** The first column of what a sound database answers. */
export function lookInto<Result>(dataFolder: string, sql: string): Result {
  const connection = openReader(dataFolder);
  try {
    assert.deepEqual(auditRollUps(connection), []);
    assert.equal(connection.pragma('integrity_check', { simple: true }), 'ok');
    return connection.prepare(sql).pluck().all() as Result;
  } finally {
    connection.close();
  }
}
