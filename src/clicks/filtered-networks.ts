// Networks whose visits do not count, from a file of the operator's: data centres, monitors, the own office. One address or CIDR
// a line, `#` begins a comment. The file is read again whenever it changes; one with a mistake is refused and the list before goes on.

import type { Logger } from 'pino';
import { quoted } from '../core/one-line.ts';
import { WatchedFile } from '../core/watched-file.ts';
import { type Network, NetworkSet, parseNetwork } from './network-set.ts';

const maxFileBytes = 32 * 2 ** 20;
/** All the networks that the large clouds publish are some 20,000. */
export const maxFilteredNetworks = 500_000;

/** Throws an Error that names the line. */
export function parseNetworkList(text: string): NetworkSet {
  const networks: Network[] = [];
  let number = 0;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    number++;
    const written = line.split('#', 1)[0]!.trim();
    if (written === '') continue;
    const network = parseNetwork(written);
    if (network === undefined) throw new Error(`line ${number}: ${quoted(written)} is not an address or a CIDR`);
    if (networks.length === maxFilteredNetworks)
      throw new Error(`line ${number}: there are more than ${maxFilteredNetworks} networks`);
    networks.push(network);
  }
  return new NetworkSet(networks);
}

const none = new NetworkSet([]);

export class FilteredNetworks {
  /** Rises whenever the list changes: whoever keeps answers compares. */
  generation = 0;
  #networks = none;
  #file: WatchedFile | undefined;

  /**
   * Throws an Error of one line when the file cannot be used.
   * @param path undefined: nothing is filtered
   */
  static open(path: string | undefined, log: Logger): FilteredNetworks {
    const filtered = new FilteredNetworks();
    if (path === undefined) return filtered;
    filtered.#file = WatchedFile.open({
      path,
      maxBytes: maxFileBytes,
      take: (bytes) => filtered.use(parseNetworkList(bytes.toString())),
      onTaken: () => log.info({ path, networks: filtered.size }, 'the filtered networks have changed and are in use'),
      onRefused: (reason) =>
        log.warn({ path, reason }, 'the filtered networks have changed and cannot be used; those before go on'),
    });
    return filtered;
  }

  get size(): number {
    return this.#networks.size;
  }

  get networks(): NetworkSet {
    return this.#networks;
  }

  use(networks: NetworkSet): void {
    this.#networks = networks;
    this.generation++;
  }

  has(address: string): boolean {
    return this.#networks.has(address);
  }

  /** undefined: there is no file that could change. */
  get file(): Pick<WatchedFile, 'check'> | undefined {
    return this.#file;
  }

  close(): void {
    this.#file?.close();
  }
}
