// How often each QR code was scanned: added up over a batch of hits, and written in its transaction, so that the number of scans and
// the clicks that they are can never drift apart.

import type { Connection } from '../storage/query.ts';

interface Scans {
  count: number;
  lastAt: number;
}

export class ScanStore {
  readonly #add;
  /** Of the running batch, by public id. */
  readonly #pending = new Map<string, Scans>();

  constructor(connection: Connection) {
    // A code that was deleted since it was scanned has nothing left to be counted for.
    this.#add = connection.prepare(
      `INSERT INTO qr_totals (qr_id, scans, last_scanned_at) SELECT id, ?, ? FROM qr_codes WHERE public_id = ?
       ON CONFLICT (qr_id) DO UPDATE SET scans = scans + excluded.scans,
         last_scanned_at = max(last_scanned_at, excluded.last_scanned_at)`,
    );
  }

  /** @param qr public id */
  count(qr: string, scannedAt: number): void {
    const scans = this.#pending.get(qr);
    if (scans === undefined) this.#pending.set(qr, { count: 1, lastAt: scannedAt });
    else {
      scans.count++;
      scans.lastAt = Math.max(scans.lastAt, scannedAt);
    }
  }

  /** A hit that was counted is none any more. When the code was scanned last stays what it is. */
  takeBack(qr: string): void {
    const scans = this.#pending.get(qr);
    if (scans === undefined) this.#pending.set(qr, { count: -1, lastAt: -Infinity });
    else scans.count--;
  }

  write(): void {
    for (const [qr, { count, lastAt }] of this.#pending) this.#add.run(count, lastAt === -Infinity ? 0 : lastAt, qr);
    this.#pending.clear();
  }

  forget(): void {
    this.#pending.clear();
  }
}
