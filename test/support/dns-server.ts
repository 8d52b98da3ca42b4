// A DNS server on a free loopback port that answers what a test tells it to, in any of the ways in which DNS servers fail.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, type Packet, RECURSION_AVAILABLE, RECURSION_DESIRED } from 'dns-packet';

const codes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

export type DnsReply =
  /** TXT records, each a list of strings; none: the name is there without any. */
  | { readonly txt: readonly (readonly string[])[] }
  /** The addresses of the name; no IPv6 one: it is asked for in vain, null: there is no answer to that. */
  | { readonly a: string; readonly aaaa?: string | null }
  | { readonly cname: string }
  | { readonly code: keyof typeof codes }
  | 'silence';

export class DnsServer {
  readonly #socket: Socket;
  readonly #replies = new Map<string, DnsReply>();
  /** Every name that was asked for, in lower case. */
  readonly asked: string[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => this.#answer(decode(bytes), from));
  }

  static async start(): Promise<DnsServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new DnsServer(socket);
  }

  /** `127.0.0.1:40123` */
  get address(): string {
    const { address, port } = this.#socket.address();
    return `${address}:${port}`;
  }

  /** What a name answers from now on; `*.example` every name below that has no reply of its own. Others are NXDOMAIN. */
  set(name: string, reply: DnsReply): void {
    this.#replies.set(name, reply);
  }

  /** A TXT record of one string at a name, and nothing else. */
  setText(name: string, text: string): void {
    this.set(name, { txt: [[text]] });
  }

  close(): void {
    this.#socket.close();
  }

  #replyFor(name: string): DnsReply {
    const exact = this.#replies.get(name);
    if (exact !== undefined) return exact;
    for (const [wildcard, reply] of this.#replies) {
      if (wildcard.startsWith('*.') && name.endsWith(wildcard.slice(1))) return reply;
    }
    return { code: 'NXDOMAIN' };
  }

  #answer({ id, questions = [] }: Packet, from: RemoteInfo): void {
    const isForAddress = questions[0]?.type === 'A';
    const name = questions[0]?.name.toLowerCase() ?? '';
    this.asked.push(name);
    const answers: Answer[] = [];
    let owner = name;
    let reply = this.#replyFor(owner);
    while (typeof reply === 'object' && 'cname' in reply) {
      answers.push({ type: 'CNAME', name: owner, ttl: 0, data: reply.cname });
      owner = reply.cname;
      reply = this.#replyFor(owner);
    }
    const isForSix = questions[0]?.type === 'AAAA';
    if (reply === 'silence' || (isForSix && 'aaaa' in reply && reply.aaaa === null)) return;
    if ('txt' in reply)
      for (const strings of reply.txt) answers.push({ type: 'TXT', name: owner, ttl: 0, data: [...strings] });
    if ('a' in reply && isForAddress) answers.push({ type: 'A', name: owner, ttl: 0, data: reply.a });
    if ('aaaa' in reply && typeof reply.aaaa === 'string' && isForSix)
      answers.push({ type: 'AAAA', name: owner, ttl: 0, data: reply.aaaa });
    const code = 'code' in reply ? codes[reply.code] : codes.NOERROR;
    const flags = RECURSION_DESIRED | RECURSION_AVAILABLE | code;
    this.#socket.send(
      encode({ type: 'response', ...(id === undefined ? {} : { id }), flags, questions, answers }),
      from.port,
      from.address,
    );
  }
}
