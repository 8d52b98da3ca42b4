// Clicks without HTTP, at any time of any clock: the real recorder, writer thread and database file, and whatever hits a test
// hands them.

import { type Outcome, Recorder } from '../../src/clicks/recorder.ts';
import { Statistics } from '../../src/clicks/stats.ts';
import { startWorker } from '../../src/core/worker-threads.ts';
import { totalsOf } from '../../src/links/link-totals-store.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Durability } from '../../src/storage/durability.ts';
import type { Connection } from '../../src/storage/query.ts';
import { EventSignal } from '../../src/storage/event-signal.ts';
import { Writer } from '../../src/storage/writer.ts';
import type { WriterData } from '../../src/storage/writer-protocol.ts';
import { type AskedStats, askStats, type TestStats } from './asked-stats.ts';
import { type TestHit, TestHits } from './test-hits.ts';

export type { TestHit } from './test-hits.ts';

export class ClickRecording {
  readonly recorder: Recorder;
  readonly writer: Writer;
  /** Another connection to the same file, for looking at it and for breaking it. */
  readonly connection: Connection;
  readonly #stats: Statistics;
  readonly #hits = new TestHits();

  private constructor(recorder: Recorder, writer: Writer, connection: Connection) {
    this.recorder = recorder;
    this.writer = writer;
    this.connection = connection;
    this.#stats = new Statistics(connection);
  }

  /** @param dataFolder new and empty, or as an earlier recording left it */
  static async open(dataFolder: string, durability: Durability = 'process'): Promise<ClickRecording> {
    prepareDatabase(dataFolder);
    const memory = Recorder.sharedMemory();
    const workerData: WriterData = {
      dataFolder,
      memory,
      eventSignal: EventSignal.sharedMemory(),
      syncClicks: durability === 'power',
    };
    const writer = new Writer(startWorker('writer', { workerData }), (message) => {
      throw new Error(message);
    });
    const recorder = new Recorder(writer, memory, durability);
    await writer.ready;
    return new ClickRecording(recorder, writer, openForCommand(dataFolder));
  }

  async close(): Promise<void> {
    await this.recorder.flush();
    this.connection.close();
    await this.writer.close();
  }

  /** Hands over the hits in one turn of the event loop, so that they share a batch; resolves with what became of each. */
  async record(hits: readonly TestHit[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    hits.forEach((hit, i) =>
      this.recorder.record(this.#hits.hit(hit), { settled: (outcome) => (outcomes[i] = outcome) }),
    );
    await this.recorder.flush();
    return outcomes;
  }

  /** Resolves once every link's row holds all of its hits: after many at once, that is a little later. */
  async settled(): Promise<void> {
    const behind = this.connection.prepare(
      'SELECT 1 FROM clicks c JOIN link_totals t ON t.link_id = c.link_id WHERE c.id > t.last_click_id LIMIT 1',
    );
    while (behind.get() !== undefined) await new Promise((resolve) => setImmediate(resolve));
  }

  stats(asked: AskedStats): TestStats {
    return askStats(this.#stats, asked);
  }

  /** Counted clicks of the link: what the API shows as clickCount. */
  clicksOf(linkId = 1): number {
    return totalsOf(this.connection, linkId)?.clicks ?? 0;
  }
}
