// Opens the connections of our own requests. Every one is made here, to an address that was checked a moment before, and not to
// a name: what is looked up again in between cannot lead elsewhere.

import type { ClientRequestArgs } from 'node:http';
import { Agent } from '../core/node-http.ts';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';
import { type AllowList, mayReach, type Scheme } from './address-rules.ts';
import type { Connect, Resolve } from './connect.ts';

const maxAddressesTried = 4;
const maxTryMs = 4_000;
const maxIdleMs = 10_000;
const maxIdlePerHost = 8;

interface GuardedAgentOptions {
  readonly scheme: Scheme;
  readonly allow: AllowList;
  readonly resolve: Resolve;
  readonly connect: Connect;
}

/** No connection could be had. Whether none was tried, it does not say. */
export class NotConnected extends Error {}

type Done = (error: Error | null, stream?: Duplex) => void;

export class GuardedAgent extends Agent {
  readonly protocol: Scheme;
  readonly defaultPort: number;
  readonly #options: GuardedAgentOptions;

  constructor(options: GuardedAgentOptions) {
    super({ keepAlive: true, maxFreeSockets: maxIdlePerHost, timeout: maxIdleMs });
    this.protocol = options.scheme;
    this.defaultPort = options.scheme === 'https:' ? 443 : 80;
    this.#options = options;
  }

  override createConnection(options: ClientRequestArgs, done: Done): undefined {
    void this.#hand(options, done);
    return undefined;
  }

  async #hand({ host, port }: ClientRequestArgs, done: Done): Promise<void> {
    const name = host ?? '';
    let socket: Socket;
    try {
      socket = await this.#open(name, Number(port ?? this.defaultPort));
    } catch (cause) {
      done(new NotConnected('not connected', { cause }));
      return;
    }
    done(null, this.#options.scheme === 'https:' ? withTls(socket, name) : socket);
  }

  async #open(host: string, port: number): Promise<Socket> {
    const { scheme, allow, resolve, connect } = this.#options;
    const addresses = isIP(host) === 0 ? await resolve(host) : [host];
    // One address that is not allowed spoils the name: it may be the one that counts next time.
    if (addresses.length === 0 || !addresses.every((address) => mayReach(allow, scheme, host, address)))
      throw new NotConnected('not an address that may be reached');
    let failure: unknown;
    for (const address of addresses.slice(0, maxAddressesTried)) {
      try {
        return await connect(address, port, AbortSignal.timeout(maxTryMs));
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

function withTls(socket: Socket, host: string): Duplex {
  return connectTls({
    socket,
    host,
    // An address is not a server name.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    // Said here, so that no variable of the environment turns it off.
    rejectUnauthorized: true,
  });
}
