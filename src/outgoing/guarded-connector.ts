// Opens the connections of our own requests. Every one is made here, to an address that was checked a moment before, and not to
// a name: what is looked up again in between cannot lead elsewhere.

import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type AllowList, mayReach, type Scheme } from './address-rules.ts';
import type { Connect, Resolve } from './connect.ts';

const maxAddressesTried = 4;
const maxTryMs = 4_000;

interface GuardedConnectorOptions {
  readonly allow: AllowList;
  readonly resolve: Resolve;
  readonly connect: Connect;
}

/** Who is connected to: `host` is a name or an address, without brackets. */
interface Peer {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
}

/** No connection could be had. Whether none was tried, it does not say. */
export class NotConnected extends Error {}

export class GuardedConnector {
  readonly #options: GuardedConnectorOptions;

  constructor(options: GuardedConnectorOptions) {
    this.#options = options;
  }

  /**
   * A connection; with https, one whose handshake has begun: what is written meanwhile waits for it, and a certificate that does not
   * hold ends it. Rejects with NotConnected.
   */
  async open(peer: Peer): Promise<Socket> {
    let socket: Socket;
    try {
      socket = await this.#reach(peer);
    } catch (cause) {
      throw new NotConnected('not connected', { cause });
    }
    return peer.scheme === 'https:' ? withTls(socket, peer.host) : socket;
  }

  async #reach({ scheme, host, port }: Peer): Promise<Socket> {
    const { allow, resolve, connect } = this.#options;
    const addresses = isIP(host) === 0 ? await resolve(host) : [host];
    // One address that is not allowed spoils the name: it may be the one that counts next time.
    if (addresses.length === 0 || !addresses.every((address) => mayReach(allow, scheme, host, address)))
      throw new Error('not an address that may be reached');
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

function withTls(socket: Socket, host: string): Socket {
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
