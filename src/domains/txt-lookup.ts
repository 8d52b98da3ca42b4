// Looks up TXT records with the servers that the operator names, or else with the system's. Bounded in time, and can be
// ended at once.

import { Resolver } from 'node:dns/promises';
import type { TxtLookup } from './proof.ts';

const timeoutMs = 1_500;
const tries = 2;
// Of all servers together: the resolver goes through its list, and asks each so often. Less than a server that is stopped
// waits for its last answers.
const deadlineMs = 6_000;

export class TxtLookups {
  readonly #servers: readonly string[];
  readonly #running = new Set<Resolver>();
  #isClosed = false;

  /** @param servers `address` or `address:port` each; none: what the system uses */
  constructor(servers: readonly string[]) {
    this.#servers = servers;
  }

  readonly lookUp: TxtLookup = async (name) => {
    // A resolver of its own: it reads the system's servers anew, and its end is that of nobody else's look-up.
    const resolver = new Resolver({ timeout: timeoutMs, tries });
    if (this.#servers.length > 0) resolver.setServers(this.#servers);
    const deadline = setTimeout(() => resolver.cancel(), deadlineMs);
    this.#running.add(resolver);
    try {
      const answer = resolver.resolveTxt(name);
      if (this.#isClosed) resolver.cancel();
      return await answer;
    } finally {
      clearTimeout(deadline);
      this.#running.delete(resolver);
    }
  };

  /** Ends what is being looked up; it fails as if it had taken too long. */
  close(): void {
    this.#isClosed = true;
    for (const resolver of this.#running) resolver.cancel();
  }
}
