// The secrets behind visitor hashes. A day's salt survives a restart of the server, not the day.

import { randomBytes } from 'node:crypto';
import { defineOperation } from '../storage/operation.ts';
import { overwriting } from '../storage/overwriting.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { VisitorKeys } from './visitors.ts';

export const saltBytes = 32;
/** In `settings`. */
export const sketchKeyName = 'visitor_sketch_key';

interface StoredKeys {
  readonly sketchKey: Uint8Array;
  readonly salts: readonly { readonly day: number; readonly salt: Uint8Array }[];
  /** Whether some were thrown away: the write-ahead log may still show them. */
  readonly dropped: boolean;
}

function sketchKey(connection: Connection): Buffer {
  const stored = firstRow(connection, query.selectFrom('settings').select('value').where('name', '=', sketchKeyName));
  if (stored !== undefined) return stored.value;
  const value = randomBytes(saltBytes);
  execute(connection, query.insertInto('settings').values({ name: sketchKeyName, value }));
  return value;
}

/** Throws away the salts of days before `today` and makes those of today and tomorrow, so that midnight needs no write. */
export const turnSalts = defineOperation(
  'visitors.turn-salts',
  (connection, { today }: { today: number }): StoredKeys => {
    const old = query.deleteFrom('visitor_salts').where('day', '<', today);
    const dropped = overwriting(connection, () => execute(connection, old).changes > 0);
    for (const day of [today, today + 1]) {
      const row = { day, salt: randomBytes(saltBytes) };
      execute(
        connection,
        query
          .insertInto('visitor_salts')
          .values(row)
          .onConflict((conflict) => conflict.doNothing()),
      );
    }
    return {
      sketchKey: sketchKey(connection),
      salts: allRows(connection, query.selectFrom('visitor_salts').selectAll()),
      dropped,
    };
  },
);

export class StoredVisitorKeys implements VisitorKeys {
  readonly sketchKey: Buffer;
  readonly #salts = new Map<number, Buffer>();

  private constructor({ sketchKey: key, salts }: StoredKeys) {
    this.sketchKey = Buffer.from(key);
    this.#keep(salts);
  }

  static async open(writer: Writer, today: number): Promise<StoredVisitorKeys> {
    return new StoredVisitorKeys(await writer.run(turnSalts, { today }));
  }

  /** To be called at least once a day. True where salts were thrown away: then the write-ahead log has to be emptied, too. */
  async turn(writer: Writer, today: number): Promise<boolean> {
    const { salts, dropped } = await writer.run(turnSalts, { today });
    for (const [day, salt] of this.#salts) {
      if (day >= today) continue;
      // Overwritten, not only dropped: when the garbage is collected, and what of it stays readable, nobody knows.
      salt.fill(0);
      this.#salts.delete(day);
    }
    this.#keep(salts);
    return dropped;
  }

  dailySalt(day: number): Buffer {
    let salt = this.#salts.get(day);
    if (salt === undefined) {
      // The clock has jumped past every salt there is: one for this process, so that no hash goes unsalted.
      salt = randomBytes(saltBytes);
      this.#salts.set(day, salt);
    }
    return salt;
  }

  #keep(salts: StoredKeys['salts']): void {
    for (const { day, salt } of salts) {
      // The first copy stays: others may hold it. The one that has just crossed the threads goes.
      if (!this.#salts.has(day)) this.#salts.set(day, Buffer.from(salt));
      salt.fill(0);
    }
  }
}
