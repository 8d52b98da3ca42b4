// How names become addresses: by the hosts file and by DNS, without a thread of the process, so that names whose servers never answer hold
// up nobody else's. Everybody who asks for the same name at once shares one look-up.

import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

const timeoutMs = 1_500;
const tries = 2;
// Of all servers together; leaves a request of 10 s time for a connection and an answer.
const deadlineMs = 6_000;
/** Once there are addresses of one kind, those of the other have so long: some servers never answer where there are none. */
const otherKindMs = 1_000;
/** More than deliveries are on their way at once. */
const defaultMaxNames = 1_000;

interface NameLookupOptions {
  /** Whether the operator has named it: then whatever else the system knows names by is asked as well. */
  readonly isListed: (host: string) => boolean;
  /** `address` or `address:port` each; what the system uses where it is absent. */
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
  /** How many are looked up at once. */
  readonly maxNames?: number;
  /** Asks the system. Rejects when there is none. */
  readonly askSystem?: (host: string) => Promise<readonly string[]>;
}

const systemHostsFile = process.platform === 'win32' ? String.raw`C:\Windows\System32\drivers\etc\hosts` : '/etc/hosts';

// It waits in one of libuv's four threads, which password hashing needs as well; libuv itself gives look-ups two of them at most.
async function systemLookup(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
}

/** The addresses that a hosts file gives a name. */
export function hostsEntries(text: string, host: string): string[] {
  const name = host.toLowerCase();
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    return isIP(address) !== 0 && names.some((one) => one.toLowerCase() === name) ? [address] : [];
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export class NameLookup {
  readonly #options: NameLookupOptions;
  readonly #running = new Map<string, Promise<readonly string[]>>();
  readonly #resolvers = new Set<Resolver>();

  constructor(options: NameLookupOptions) {
    this.#options = options;
  }

  /** Every address of the name. Rejects when there is none. */
  resolve(host: string): Promise<readonly string[]> {
    const running = this.#running.get(host);
    if (running !== undefined) return running;
    if (this.#running.size >= (this.#options.maxNames ?? defaultMaxNames))
      return Promise.reject(new Error('too many look-ups'));
    const found = this.#find(host.replace(/\.$/, '')).finally(() => this.#running.delete(host));
    this.#running.set(host, found);
    return found;
  }

  /** Ends what DNS is being asked; it fails as if it had taken too long. */
  close(): void {
    for (const resolver of this.#resolvers) resolver.cancel();
  }

  async #find(host: string): Promise<readonly string[]> {
    const { isListed, hostsFile = systemHostsFile, askSystem = systemLookup } = this.#options;
    // Read anew each time: it is small as a rule, and changed by hand. Where there is none, nobody is named in it.
    const fixed = hostsEntries(await readFile(hostsFile, 'utf8').catch(() => ''), host);
    if (fixed.length > 0) return fixed;
    try {
      return await this.#askServers(host);
    } catch (error) {
      // Search domains, names of the local network and the like. Not after a silence: a thread would wait through it again.
      if (!isListed(host) || ['ETIMEOUT', 'ECANCELLED'].includes(codeOf(error))) throw error;
      return askSystem(host);
    }
  }

  async #askServers(host: string): Promise<string[]> {
    // A resolver of its own: it reads the system's servers anew, and its end is that of nobody else's look-up.
    const resolver = new Resolver({ timeout: timeoutMs, tries });
    if (this.#options.servers !== undefined) resolver.setServers(this.#options.servers);
    this.#resolvers.add(resolver);
    const cancel = (): void => resolver.cancel();
    let timer = setTimeout(cancel, deadlineMs);
    const hurry = (addresses: string[]): string[] => {
      clearTimeout(timer);
      timer = setTimeout(cancel, otherKindMs);
      return addresses;
    };
    try {
      const [four, six] = await Promise.allSettled([
        resolver.resolve4(host).then(hurry),
        resolver.resolve6(host).then(hurry),
      ]);
      if (four.status === 'rejected' && six.status === 'rejected')
        // The one that says more than that there is no address of its kind.
        throw codeOf(four.reason) === 'ENODATA' ? six.reason : four.reason;
      return interleaved(four.status === 'fulfilled' ? four.value : [], six.status === 'fulfilled' ? six.value : []);
    } finally {
      clearTimeout(timer);
      this.#resolvers.delete(resolver);
    }
  }
}

/** In turn, so that whoever can reach one kind only comes to it soon. */
function interleaved(first: readonly string[], second: readonly string[]): string[] {
  const longer = Math.max(first.length, second.length);
  return Array.from({ length: longer }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((address) => address !== undefined);
}
