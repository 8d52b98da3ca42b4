// The delivery thread: sends what webhooks are owed, so that neither redirects nor the API wait for a receiver.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock, systemTimers } from './core/clock.ts';
import { noteLoaded } from './core/worker-threads.ts';
import { OutgoingClient } from './outgoing/outgoing-client.ts';
import { openReader } from './storage/database.ts';
import { EventSignal } from './storage/event-signal.ts';
import type { Operation } from './storage/operation.ts';
import type { DeliveryData, FromDelivery, ToDelivery } from './webhooks/delivery-messages.ts';
import { Dispatcher } from './webhooks/dispatcher.ts';

assert(parentPort !== null);
const port = parentPort;
const { dataFolder, eventSignal, allow, claim, version } = workerData as DeliveryData;

interface Call {
  resolve(output: never): void;
  reject(error: Error): void;
}

const calls = new Map<number, Call>();
let lastCall = 0;
const tell = (message: FromDelivery): void => port.postMessage(message);

const run = <Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output> =>
  new Promise((resolve, reject) => {
    const call = ++lastCall;
    calls.set(call, { resolve, reject });
    tell({ kind: 'run', call, operation: operation.name, input });
  });

const reader = openReader(dataFolder);
noteLoaded();
const dispatcher = new Dispatcher({
  reader,
  run,
  client: new OutgoingClient({ allow }),
  version,
  claim,
  clock: systemClock,
  timers: systemTimers,
  random: Math.random,
  onTally: (tally) => tell({ kind: 'tally', tally }),
  onError: (error) => tell({ kind: 'trouble', message: error instanceof Error ? error.message : String(error) }),
});

async function stop(graceMs: number): Promise<void> {
  await dispatcher.stop(graceMs);
  reader.close();
  // Nothing else keeps the thread.
  process.exit();
}

port.on('message', (message: ToDelivery) => {
  if (message.kind === 'wake') dispatcher.refresh();
  else if (message.kind === 'stop') void stop(message.graceMs);
  else {
    const call = calls.get(message.call);
    calls.delete(message.call);
    if (message.kind === 'done') call?.resolve(message.output as never);
    else call?.reject(new Error(message.message));
  }
});

async function listen(): Promise<void> {
  const signal = new EventSignal(eventSignal);
  for (;;) {
    await signal.next();
    dispatcher.wake();
  }
}

void listen();
dispatcher.wake();
