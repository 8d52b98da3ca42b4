// From the path of a scanned code to the link that it leads to.

import type { Domain } from '../domains/domain.ts';
import type { Connection } from '../storage/query.ts';
import { codeOfPath } from './qr-code.ts';
import { prepareScanLookup, type ScannedQr } from './qr-store.ts';

export class Scans {
  readonly #find: (code: string) => ScannedQr | undefined;

  constructor(reader: Connection) {
    this.#find = prepareScanLookup(reader);
  }

  /**
   * Where a tracking URL leads. A printed code outlives its link's move to another domain, so every domain that its owner may
   * use will do, and no other: nobody's code may lead on under somebody else's name.
   * @param path after its first `/`, without the query
   */
  find(path: string, domain: Domain): ScannedQr | undefined {
    const code = codeOfPath(path);
    const scanned = code === undefined ? undefined : this.#find(code);
    if (scanned === undefined) return undefined;
    const isOpen = domain.userId === null || domain.userId === scanned.ownerId;
    return isOpen || domain.id === scanned.domainId ? scanned : undefined;
  }
}
