// Notes who is asked for a link's password, and who gives one. Of an address 24 bits of a keyed hash are kept, which some 250
// addresses share: enough to count different ones, too little to name one.

import type { Logger } from 'pino';
import { KeyedHash } from '../core/keyed-hash.ts';
import { utcDay } from '../core/periods.ts';
import { keepSecret } from '../storage/server-secret.ts';
import type { Writer } from '../storage/writer.ts';
import { forgetPasswordVisits, notePasswordVisit, type PasswordVisit } from './password-visit-store.ts';

/** The longest period that is asked about has 90 days. */
export const keptPasswordDays = 91;
const maxHashedBytes = 80;
const entryBytes = 3;

interface PasswordVisitsOptions {
  readonly writer: Writer;
  /** At least 32 bytes, the same after a restart. */
  readonly secret: Uint8Array;
  readonly onFailure: (error: unknown) => void;
}

export class PasswordVisits {
  readonly #options: PasswordVisitsOptions;
  readonly #hash: KeyedHash;

  constructor(options: PasswordVisitsOptions) {
    this.#options = options;
    this.#hash = new KeyedHash(options.secret, maxHashedBytes);
  }

  static async open(writer: Writer, log: Pick<Logger, 'warn'>): Promise<PasswordVisits> {
    const secret = await writer.run(keepSecret, { name: 'password_address_key' });
    const onFailure = (error: unknown): void =>
      log.warn({ err: error }, 'a visit to a link with a password could not be noted');
    return new PasswordVisits({ writer, secret, onFailure });
  }

  /**
   * Resolves when the visit is stored, or cannot be: nobody is kept from a page by that.
   * @param address null: nothing of it is to be kept
   */
  async note(kind: PasswordVisit['kind'], linkId: number, address: string | null, now: number): Promise<void> {
    const addressEntry = address === null ? null : this.#entryOf(linkId, address);
    const visit = { linkId, day: utcDay(now), kind, addressEntry };
    await this.#options.writer.run(notePasswordVisit, visit).catch(this.#options.onFailure);
  }

  #entryOf(linkId: number, address: string): number {
    // With the link, so that nobody can follow an address from one to another.
    return this.#hash.digest(`${linkId} ${address.slice(0, maxHashedBytes / 2)}`).readUIntBE(0, entryBytes);
  }

  /** To be called now and then. */
  async forgetOld(now: number): Promise<void> {
    await this.#options.writer.run(forgetPasswordVisits, { before: utcDay(now) - keptPasswordDays });
  }
}
