import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { ClickStore } from '../../src/clicks/click-store.ts';
import { Recorder } from '../../src/clicks/recorder.ts';
import { openReader, openWriter, prepareDatabase } from '../../src/storage/database.ts';
import { pingWriter } from '../../src/storage/ping.ts';
import type { Connection } from '../../src/storage/query.ts';
import type { WriterMessage } from '../../src/storage/writer-protocol.ts';
import { runWriterThread } from '../../src/storage/writer-thread.ts';
import { ClickRecording } from '../support/click-recording.ts';
import { temporaryFolder } from '../support/server-process.ts';

/** On this thread, so that the disk may fail it at a given moment. */
class FailingStore extends ClickStore {
  settles = 0;

  override get isSettled(): boolean {
    return false;
  }

  override settle(): void {
    this.settles++;
    throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' });
  }
}

function openThread(t: TestContext): { port: MessagePort; store: FailingStore; connection: Connection } {
  const folder = temporaryFolder();
  prepareDatabase(folder);
  const connection = openWriter(folder);
  const store = new FailingStore(connection, Recorder.sharedMemory());
  const { port1, port2 } = new MessageChannel();
  t.after(() => {
    port1.close();
    if (connection.open) connection.close();
  });
  runWriterThread({ connection, port: port1, operations: [pingWriter], clicks: store, syncClicks: false });
  return { port: port2, store, connection };
}

describe('what the writer thread does by itself', () => {
  it('ends everything where the file cannot be trusted any more: no batch is answered after that', async (t) => {
    const { port, store } = openThread(t);
    const messages: WriterMessage['kind'][] = [];
    port.on('message', ({ kind }: WriterMessage) => messages.push(kind));
    while (!messages.includes('fatal')) await once(port, 'message');
    const batch = { operations: [{ name: pingWriter.name, input: null, once: undefined }], clicks: undefined };
    port.postMessage({ kind: 'batch', batch });
    port.postMessage({ kind: 'close' });
    while (!messages.includes('closed')) await once(port, 'message');
    assert.deepEqual(messages, ['ready', 'fatal', 'closed']);
    assert.equal(store.settles, 1);
  });

  it('is told where it fails, and done at the end', async () => {
    const folder = temporaryFolder();
    const clicks = await ClickRecording.open(folder);
    const hits = Array.from({ length: 600 }, (_, i) => ({ linkId: 1 + (i % 200), at: 1 }));
    await clicks.record(hits);
    clicks.connection.exec(
      "CREATE TRIGGER broken BEFORE UPDATE ON link_totals BEGIN SELECT RAISE(ABORT, 'not now'); END",
    );
    await clicks.record(hits);
    assert.equal(clicks.writer.failedCommits, 0);
    while (clicks.writer.failedCommits === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(clicks.clicksOf(7), 6);
    clicks.connection.exec('DROP TRIGGER broken');
    await clicks.close();
    const reader = openReader(folder);
    assert.equal(reader.prepare('SELECT sum(clicks) FROM link_totals').pluck().get(), 2 * hits.length);
    reader.close();
  });
});
