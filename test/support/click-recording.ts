// Clicks without HTTP, at any time of any clock: the real recorder, writer thread and database file, and whatever hits a test
// hands them.

import { createHash } from 'node:crypto';
import { closeDays } from '../../src/clicks/day-closing-store.ts';
import { nowhere } from '../../src/clicks/place.ts';
import { type Hit, type Outcome, Recorder } from '../../src/clicks/recorder.ts';
import { type BotFilter, linkStats, type Period } from '../../src/clicks/stats.ts';
import { StatsStore } from '../../src/clicks/stats-store.ts';
import type { UserAgent } from '../../src/clicks/user-agent.ts';
import { sketchEntry } from '../../src/clicks/visitor-sketch.ts';
import { startWorker } from '../../src/core/assets.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Durability } from '../../src/storage/durability.ts';
import type { Connection } from '../../src/storage/query.ts';
import { Writer } from '../../src/storage/writer.ts';
import type { WriterData } from '../../src/storage/writer-protocol.ts';

/** One hit as a test describes it; what is left out is unknown. */
export interface TestHit {
  readonly linkId?: number;
  readonly at: number;
  /** Tells visitors apart; also stored as their hash. */
  readonly visitor?: number;
  /** The User-Agent header; device, browser and system can be given apart. */
  readonly agent?: string;
  readonly device?: UserAgent['device'];
  readonly browser?: string;
  readonly os?: string;
  readonly country?: string;
  readonly referrer?: string;
  readonly language?: string;
  readonly address?: Buffer;
  readonly verdict?: number;
  readonly limit?: number;
  readonly totalOnly?: boolean;
}

export interface AskedStats {
  readonly linkId?: number;
  readonly now: number;
  readonly period?: Period;
  readonly bots?: BotFilter;
  readonly limit?: number;
  readonly createdAt?: number;
}

export class ClickRecording {
  readonly recorder: Recorder;
  readonly writer: Writer;
  /** Another connection to the same file, for looking at it and for breaking it. */
  readonly connection: Connection;
  readonly #stats: StatsStore;
  // As the server's cache does: one object for each header.
  readonly #agents = new Map<string, UserAgent>();

  private constructor(recorder: Recorder, writer: Writer, connection: Connection) {
    this.recorder = recorder;
    this.writer = writer;
    this.connection = connection;
    this.#stats = new StatsStore(connection);
  }

  /** @param dataFolder new and empty, or as an earlier recording left it */
  static async open(dataFolder: string, durability: Durability = 'process'): Promise<ClickRecording> {
    prepareDatabase(dataFolder);
    const memory = Recorder.sharedMemory();
    const workerData: WriterData = { dataFolder, memory, syncClicks: durability === 'power' };
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
    hits.forEach((hit, i) => this.recorder.record(this.#hit(hit), { settled: (outcome) => (outcomes[i] = outcome) }));
    await this.recorder.flush();
    return outcomes;
  }

  /** Closes every day before `today`; tells after each of the small transactions. */
  async closeDays(today: number, onStep: () => void = () => {}): Promise<number> {
    let steps = 0;
    while (await this.writer.run(closeDays, { today })) {
      steps++;
      onStep();
    }
    return steps;
  }

  /** Statistics as the API computes them; all rows of each breakdown unless told otherwise. */
  stats({ linkId = 1, now, period = 'all', bots = 'exclude', limit = 0, createdAt = now }: AskedStats) {
    const totals = this.connection
      .prepare<[number], { last_clicked_at: number | null }>(
        'SELECT last_clicked_at FROM link_totals WHERE link_id = ?',
      )
      .get(linkId);
    const link = { id: linkId, createdAt, lastClickedAt: totals?.last_clicked_at ?? null };
    return linkStats(this.#stats, link, { period, bots, limit, now });
  }

  /** Counted clicks of the link: what the API shows as clickCount. */
  clicksOf(linkId = 1): number {
    const find = this.connection.prepare<[number], { clicks: number }>(
      'SELECT clicks FROM link_totals WHERE link_id = ?',
    );
    return find.get(linkId)?.clicks ?? 0;
  }

  #hit(hit: TestHit): Hit {
    const visitor = hit.visitor ?? 0;
    return {
      linkId: hit.linkId ?? 1,
      clickedAt: hit.at,
      visitor: {
        userAgent: this.#agent(hit),
        place: { ...nowhere, country: hit.country ?? null },
        isFiltered: false,
        address: hit.address ?? null,
        hash: visitor,
        sketchEntry: sketchEntryOf(visitor),
      },
      referrer: hit.referrer ?? '',
      language: hit.language ?? '',
      verdict: hit.verdict ?? 0,
      limit: hit.limit ?? 0,
      totalOnly: hit.totalOnly ?? false,
    };
  }

  #agent({ agent = '', device = 'desktop', browser, os }: TestHit): UserAgent {
    const key = JSON.stringify([agent, device, browser, os]);
    let known = this.#agents.get(key);
    if (known === undefined) {
      const unknown = { browserVersion: null, osVersion: null, platform: null, automation: null };
      known = { text: agent, device, browser: browser ?? null, os: os ?? null, ...unknown };
      this.#agents.set(key, known);
    }
    return known;
  }
}

/** Evenly spread, as the keyed hash of a real visitor is. */
export function sketchEntryOf(visitor: number): number {
  const hash = createHash('sha256').update(`visitor ${visitor}`).digest();
  return sketchEntry(hash.readUInt32BE(0), hash.readUInt32BE(4));
}
