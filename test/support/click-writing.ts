// Clicks in one thread, for tests that look at what every single transaction leaves: the real click store on a real file, and
// roll-ups at any moment.

import assert from 'node:assert/strict';
import { batchBytes, type ClickBatch, ClickRecords, type NewTerms } from '../../src/clicks/click-batch.ts';
import { ClickStore } from '../../src/clicks/click-store.ts';
import { rollUpBeforeDeleting } from '../../src/clicks/folding-store.ts';
import { nowhere } from '../../src/clicks/place.ts';
import { noReferrer } from '../../src/clicks/referrer.ts';
import { Statistics } from '../../src/clicks/stats.ts';
import { openReader, openWriter, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { type AskedStats, askStats, type TestStats } from './asked-stats.ts';
import { type TestHit, TestHits } from './test-hits.ts';

/** Numbers the recorder's side gives to what it meets. */
class Numbers {
  readonly #numbers = new Map<unknown, number>();
  fresh: unknown[] = [];

  constructor(empty?: unknown) {
    if (empty !== undefined) this.#numbers.set(empty, 0);
    else this.#numbers.set(Symbol('empty'), 0);
  }

  of(entry: unknown): number {
    let number = this.#numbers.get(entry);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(entry, number);
      this.fresh.push(entry);
    }
    return number;
  }

  takeFresh<T>(): T[] {
    const fresh = this.fresh as T[];
    this.fresh = [];
    return fresh;
  }
}

class Undone extends Error {}

export class ClickWriting {
  readonly connection: Connection;
  readonly #reader: Connection;
  readonly #store: ClickStore;
  readonly #records: ClickRecords;
  readonly #statistics: Statistics;
  readonly #hits = new TestHits();
  readonly #places = new Numbers(nowhere);
  readonly #agents = new Numbers();
  readonly #referrers = new Numbers(noReferrer);
  readonly #contexts = new Numbers();

  constructor(dataFolder: string) {
    prepareDatabase(dataFolder);
    this.connection = openWriter(dataFolder);
    this.connection.pragma('synchronous = OFF');
    const memory = [new SharedArrayBuffer(batchBytes), new SharedArrayBuffer(batchBytes)] as const;
    this.#store = new ClickStore(this.connection, memory);
    this.#records = new ClickRecords(memory[0]);
    this.#reader = openReader(dataFolder);
    this.#statistics = new Statistics(this.#reader);
  }

  close(): void {
    this.#reader.close();
    this.connection.close();
  }

  /** Writes the hits in one transaction, which may be undone at its end; returns the positions of those that a limit refused. */
  write(hits: readonly TestHit[], isUndone = false): readonly number[] {
    hits.forEach((described, position) => {
      const { visitor, referrer, context, ...hit } = this.#hits.hit(described);
      this.#records.put(position, {
        ...hit,
        place: this.#places.of(visitor.place),
        agent: this.#agents.of(visitor.userAgent),
        referrer: this.#referrers.of(referrer),
        context: this.#contexts.of(context),
        visitor: visitor.hash,
        sketch: visitor.sketchEntry,
        address: visitor.address,
      });
    });
    const terms: NewTerms = {
      place: this.#places.takeFresh(),
      agent: this.#agents
        .takeFresh<Record<string, string | null>>()
        .map((agent) => Object.fromEntries(Object.entries(agent).map(([key, value]) => [key, value ?? '']))) as never,
      referrer: this.#referrers.takeFresh(),
      context: this.#contexts.takeFresh(),
    };
    const batch: ClickBatch = { buffer: 0, count: hits.length, limited: false, restart: false, terms };
    this.#store.receive(batch);
    const write = (): readonly number[] => {
      const { refused } = this.#store.write(batch);
      if (isUndone) throw new Undone();
      return refused;
    };
    try {
      return this.connection.transaction(write).immediate();
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
      this.#store.undone();
      return [];
    }
  }

  /** What the writer thread does while there is nothing else to do. */
  settle(): void {
    for (let step = 0; !this.#store.isSettled; step++) {
      assert.ok(step < 1_000, 'there is no end to it');
      this.connection.transaction(() => this.#store.settle()).immediate();
    }
  }

  /** Rolls up all there is of these links, and of all users, however little. */
  rollUp(linkIds: readonly number[]): void {
    const newest = this.connection.prepare<[], number | null>('SELECT max(id) FROM clicks').pluck().get() ?? 0;
    this.connection.transaction(() => rollUpBeforeDeleting(this.connection, linkIds, newest)).immediate();
  }

  stats(asked: AskedStats): TestStats {
    return askStats(this.#statistics, asked);
  }

  /** The same from one that remembers nothing of earlier questions. */
  statsAnew(asked: AskedStats): TestStats {
    return askStats(new Statistics(this.#reader), asked);
  }
}

/** Makes a user with links of these ids, for what is counted by user. */
export function giveUserLinks(connection: Connection, userId: number, linkIds: readonly number[]): void {
  connection.exec(
    `INSERT INTO users (id, public_id, email, email_key, name, plan, created_at, updated_at)
     VALUES (${userId}, 'usr_${userId}', '${userId}@example.com', '${userId}@example.com', '', 'free', 0, 0);
     INSERT INTO domains (id, public_id, host, status, serves, verification_token, verified_at, created_at, updated_at)
     VALUES (1, 'dom_1', 'go.example', 'verified', 1, '', 0, 0, 0) ON CONFLICT DO NOTHING;`,
  );
  const insert = connection.prepare(
    `INSERT INTO links (id, public_id, user_id, domain_id, slug, destination_url, search_entry, destination_hash, created_at, updated_at)
     VALUES (?, ?, ?, 1, ?, 'https://example.com/', 0, 0, 0, 0)`,
  );
  for (const linkId of linkIds) insert.run(linkId, `lnk_${linkId}`, userId, `slug-${linkId}`);
}

interface TestCode {
  readonly id: number;
  readonly publicId: string;
  readonly userId: number;
}

/** A QR code, for the scans of hits that name it. */
export function addCode(connection: Connection, { id, publicId, userId }: TestCode): void {
  connection
    .prepare(
      `INSERT INTO qr_codes (id, public_id, user_id, code, style, created_at, updated_at) VALUES (?, ?, ?, ?, '{}', 0, 0)`,
    )
    .run(id, publicId, userId, publicId);
}
