// Deletes so that nothing is left: SQLite leaves the bytes of a deleted or changed row in its page until something else needs the
// place. They are still in the write-ahead log afterwards, which has to be emptied, too.

import type { Connection } from './query.ts';

export function overwriting<Result>(connection: Connection, run: () => Result): Result {
  connection.pragma('secure_delete = ON');
  try {
    return run();
  } finally {
    connection.pragma('secure_delete = OFF');
  }
}
