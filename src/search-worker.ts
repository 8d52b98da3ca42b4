// The search thread: answers searches, or looks for what is to be sealed, on a connection that only reads.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { yieldToOthers } from './core/background.ts';
import { noteLoaded } from './core/worker-threads.ts';
import { ClickCounts } from './links/search/click-counts.ts';
import { Sealer } from './links/search/sealing.ts';
import { Searcher } from './links/search/searcher.ts';
import type { SearchCall, SearchReply, SearchRequest, SearchThreadData } from './links/search/search-protocol.ts';
import { openReader } from './storage/database.ts';

assert(parentPort !== null);
const port = parentPort;
const { dataFolder, isSealing } = workerData as SearchThreadData;
if (isSealing) yieldToOthers('some');
const connection = openReader(dataFolder);
noteLoaded();
let counts: ClickCounts | undefined;
const searcher = new Searcher(connection, (reads) => (counts = new ClickCounts(reads)));
const sealer = new Sealer(connection);

function answer(request: SearchRequest): unknown {
  if (request.kind === 'find') return searcher.find(request.question);
  if (request.kind === 'next-chore') return sealer.next(request.userIds);
  if (request.kind === 'build') return sealer.build(request.range);
  if (request.kind === 'parts') return sealer.parts();
  if (request.kind === 'recount') return counts?.forget();
  return counts?.renew(request.linkIds);
}

function reply({ number, request }: SearchCall): SearchReply {
  try {
    return { number, ok: true, value: answer(request) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { number, ok: false, message, stack };
  }
}

port.on('message', (call: SearchCall) => port.postMessage(reply(call)));
