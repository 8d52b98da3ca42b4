// A process of its own that sends what webhooks in a data folder are owed, until it is told to end: `sending-process.ts FOLDER`.

import { systemClock, systemTimers } from '../../src/core/clock.ts';
import { newId } from '../../src/core/ids.ts';
import { OutgoingClient } from '../../src/outgoing/outgoing-client.ts';
import { openForCommand } from '../../src/storage/database.ts';
import type { Operation } from '../../src/storage/operation.ts';
import { Dispatcher } from '../../src/webhooks/dispatcher.ts';

const connection = openForCommand(process.argv[2] ?? '');

async function run<Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output> {
  await new Promise((resolve) => setImmediate(resolve));
  return connection.transaction(() => operation.apply(connection, input)).immediate();
}

const dispatcher = new Dispatcher({
  reader: connection,
  run,
  client: new OutgoingClient({ allow: ['127.0.0.1'] }),
  version: 'test',
  claim: newId('run'),
  clock: systemClock,
  timers: systemTimers,
  random: Math.random,
  onTally: () => {},
  onError: (error) => {
    console.error(error);
    process.exit(1);
  },
});

process.stdin.on('end', () => {
  void dispatcher.stop(5_000).then(() => process.exit(0));
});
// Whoever stores events in another process says so.
process.stdin.on('data', () => dispatcher.wake());
dispatcher.wake();
