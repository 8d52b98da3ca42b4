// Full load on short links over raw keep-alive connections, one request at a time on each. Counts a redirect only when its whole
// answer has arrived, so that what the client was told can be compared with what the server kept.

import { type NetConnectOpts, type Socket, connect } from 'node:net';

// What real traffic varies in, so that roll-ups get many profiles.
const browsers = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
];
/** Recorded, but not counted. */
const crawler = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const languages = ['en-GB,en;q=0.9', 'de', 'fr-CA'];
const referrers = ['', 'Referer: https://news.example/item?id=1\r\n', 'Referer: https://social.example/\r\n'];

export interface Count {
  /** Requests handed to a socket. The server may have seen all of them, or not the last of each connection. */
  readonly sent: number;
  /** Whole answers with status 302. */
  readonly redirected: number;
}

export interface SlugCount {
  readonly people: Count;
  readonly crawlers: Count;
}

/** A redirect that arrived. */
export interface Arrival {
  /** Milliseconds of performance.now(). */
  readonly at: number;
  readonly slug: string;
  readonly isCrawler: boolean;
}

export interface LoadReport {
  readonly slugs: ReadonlyMap<string, SlugCount>;
  readonly redirected: number;
  /** Answers with any other status. */
  readonly others: ReadonlyMap<number, number>;
  /** Connections that were made. */
  readonly connected: number;
  /** In their order. */
  readonly arrivals: readonly Arrival[];
  /** Connections on which the server announced `Connection: close` and then closed. */
  readonly announcedCloses: number;
  /** Requests without a whole answer on a connection that had been answered before: the server had accepted it. */
  readonly cut: number;
  /** The same on connections that were never answered: the kernel may have accepted them without the server. */
  readonly cutUnanswered: number;
  /** Connections that could not be made. */
  readonly refused: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly slugs: readonly string[];
  readonly connections: number;
}

type Counting = { -readonly [K in keyof Count]: Count[K] };

/** One request, ready to be written. */
interface Variant {
  readonly text: string;
  readonly count: Counting;
  readonly slug: string;
  readonly isCrawler: boolean;
}

interface Totals {
  redirected: number;
  connected: number;
  announcedCloses: number;
  cut: number;
  cutUnanswered: number;
  refused: number;
}

/** Runs from its making until `stop`, or until the server accepts no more connections. */
export class Load {
  readonly #options: LoadOptions;
  readonly #slugs: ReadonlyMap<string, { readonly people: Counting; readonly crawlers: Counting }>;
  readonly #variants: readonly (readonly Variant[])[];
  readonly #arrivals: Arrival[] = [];
  readonly #others = new Map<number, number>();
  readonly #totals: Totals = { redirected: 0, connected: 0, announcedCloses: 0, cut: 0, cutUnanswered: 0, refused: 0 };
  readonly #milestones: { at: number; reached: () => void }[] = [];
  readonly #clients: Promise<void>[];
  #isStopping = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    const none = { sent: 0, redirected: 0 };
    this.#slugs = new Map(options.slugs.map((slug) => [slug, { people: { ...none }, crawlers: { ...none } }]));
    this.#variants = [...this.#slugs].map(([slug, count]) => variantsOf(slug, options.port, count));
    this.#clients = Array.from({ length: options.connections }, (_, client) => this.#runClient(client));
  }

  /** Resolves at so many redirects since the start; rejects when the load ends before. */
  async redirects(count: number): Promise<void> {
    const reached = new Promise<boolean>((resolve) => {
      if (this.#totals.redirected >= count) resolve(true);
      else this.#milestones.push({ at: count, reached: () => resolve(true) });
    });
    const ended = Promise.all(this.#clients).then(() => false);
    if (!(await Promise.race([reached, ended])))
      throw new Error(`the load ended after ${this.#totals.redirected} of ${count} redirects`);
  }

  /** Sends nothing new, waits for the answers to what was sent, and reports. */
  stop(): Promise<LoadReport> {
    this.#isStopping = true;
    return this.ended();
  }

  /** Reports when every connection has ended, because the server takes no new ones or the load was stopped. */
  async ended(): Promise<LoadReport> {
    await Promise.all(this.#clients);
    return { slugs: this.#slugs, others: this.#others, arrivals: this.#arrivals, ...this.#totals };
  }

  /** One client: a connection after the other, until one is refused or lost. */
  async #runClient(client: number): Promise<void> {
    let position = client;
    const next = () => position++;
    while (!this.#isStopping && (await this.#runConnection(next))) continue;
  }

  /** Resolves when the connection has ended: true when another may be made. */
  #runConnection(next: () => number): Promise<boolean> {
    return new Promise((resolve) => {
      const options: NetConnectOpts = { host: '127.0.0.1', port: this.#options.port, noDelay: true };
      const socket: Socket = connect(options);
      let isConnected = false;
      let answers = 0;
      let waitingFor: Variant | undefined;
      let received = '';

      const sendNext = (): void => {
        if (this.#isStopping) {
          socket.end();
          return;
        }
        const number = next();
        const variants = this.#variants[number % this.#variants.length]!;
        // Divided first: otherwise each slug would only ever meet some of its variants.
        waitingFor = variants[Math.floor(number / this.#variants.length) % variants.length]!;
        waitingFor.count.sent++;
        socket.write(waitingFor.text);
      };

      const onAnswer = (head: string): void => {
        answers++;
        const status = Number(head.slice(9, 12));
        if (status === 302) {
          waitingFor!.count.redirected++;
          this.#countRedirect(waitingFor!);
        } else this.#others.set(status, (this.#others.get(status) ?? 0) + 1);
        waitingFor = undefined;
        if (/\r\nconnection: close\r\n/i.test(head)) this.#totals.announcedCloses++;
        else sendNext();
      };

      socket.setEncoding('latin1');
      socket.on('connect', () => {
        isConnected = true;
        this.#totals.connected++;
        sendNext();
      });
      socket.on('data', (text: string) => {
        received += text;
        const end = received.indexOf('\r\n\r\n');
        if (end === -1) return;
        const head = received.slice(0, end + 4);
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
        if (received.length < head.length + length) return;
        received = '';
        onAnswer(head);
      });
      // What an error means is told by what was outstanding when the connection closed.
      socket.on('error', () => {});
      socket.on('close', () => {
        if (!isConnected) this.#totals.refused++;
        else if (waitingFor !== undefined && answers > 0) this.#totals.cut++;
        else if (waitingFor !== undefined) this.#totals.cutUnanswered++;
        resolve(isConnected && waitingFor === undefined);
      });
    });
  }

  #countRedirect({ slug, isCrawler }: Variant): void {
    const count = ++this.#totals.redirected;
    this.#arrivals.push({ at: performance.now(), slug, isCrawler });
    for (const milestone of this.#milestones) if (milestone.at === count) milestone.reached();
  }
}

/** The slug's request in all its variants. */
function variantsOf(slug: string, port: number, count: Record<keyof SlugCount, Counting>): Variant[] {
  const variants: Variant[] = [];
  // Browsers change fastest, so that short loads meet all of them, too.
  for (const referrer of referrers) {
    for (const language of languages) {
      for (const userAgent of [...browsers, crawler]) {
        const text =
          `GET /${encodeURIComponent(slug)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: ${userAgent}\r\n` +
          `Accept: text/html\r\nAccept-Language: ${language}\r\n${referrer}\r\n`;
        const isCrawler = userAgent === crawler;
        variants.push({ text, count: isCrawler ? count.crawlers : count.people, slug, isCrawler });
      }
    }
  }
  return variants;
}
