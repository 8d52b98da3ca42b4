// A write that changes nothing: it succeeds exactly when the next real one can.

import { defineOperation } from './operation.ts';

export const pingWriter = defineOperation('storage.ping', (connection, _input: null): void => {
  // Marking the schema version as it is takes the write lock and a page of the log, like any write.
  const version = connection.pragma('user_version', { simple: true }) as number;
  connection.pragma(`user_version = ${version}`);
});
