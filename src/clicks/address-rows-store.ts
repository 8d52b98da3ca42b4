// Finds the hits of one address. There is no index on addresses: the table is read from one end to the other, a stretch at a time.

import { storedAddress } from './address-privacy.ts';
import type { Connection } from '../storage/query.ts';
import { shortAddress } from './stored-address.ts';

/** Ids that one call looks at: some 10 ms. */
export const addressIdsAtOnce = 65_536;

export class AddressRows {
  readonly #find;

  constructor(connection: Connection) {
    this.#find = connection
      .prepare<[number, number, Buffer, Buffer], number>(
        'SELECT id FROM clicks WHERE id > ? AND id <= ? AND (address = ? OR address = ?)',
      )
      .pluck();
  }

  /**
   * Ids of hits whose stored address is this one, or its network where addresses are truncated.
   * @param address in any spelling; text that is none has no hits
   */
  between(after: number, upTo: number, address: string): number[] {
    const whole = shortAddress(storedAddress(address, 'full'));
    const network = shortAddress(storedAddress(address, 'truncate'));
    return whole === null || network === null ? [] : this.#find.all(after, upTo, whole, network);
  }
}
