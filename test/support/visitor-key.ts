// For tests that count a few visitors exactly. How many there are is an estimate: two visitors fall into the same one of 4,096 groups now
// and then, and with nine that happens to one server in a hundred.

import { saltBytes, sketchKeyName } from '../../src/clicks/visitor-key-store.ts';
import { openWriter, prepareDatabase } from '../../src/storage/database.ts';
import { temporaryFolder } from './server-process.ts';

/** A new data folder, before its first start, whose server draws no key of its own: its groups are the same in every run. */
export function folderWithVisitorKey(): string {
  const folder = temporaryFolder();
  prepareDatabase(folder);
  const connection = openWriter(folder);
  connection
    .prepare('INSERT INTO settings (name, value) VALUES (?, ?)')
    .run(sketchKeyName, Buffer.alloc(saltBytes, 'visitors'));
  connection.close();
  return folder;
}
