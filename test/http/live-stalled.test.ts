// A listener that stops reading costs the server so many bytes and no more, whatever happens on its links, and nobody else notices; when it
// reads again, or comes back, it has missed nothing but what it is told that it has.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { addKey, addUser, type TestUser } from '../support/accounts.ts';
import { type ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { EventStream } from '../support/event-stream.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';
import { RawConnection } from './raw-connection.ts';

after(closeServers);
checkExchanges();

const token = 'a-token-for-the-figures';
/** As documented: what may wait for one listener before it is told no more. */
const maxPendingBytes = 256 * 1024;
/** Of a round of visits, each on its way at once. */
const visitsAtOnce = 200;
/** Enough to fill the buffers of any system between the two. */
const maxRounds = 150;
/** How far a listener may fall behind before hits are left out. */
const maxBehind = 10_000;

interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** A client of its own, so that it reads from its socket when the test says so, and only then. */
class RawListener {
  /** All events that came whole. */
  readonly told: Told[] = [];
  readonly #socket: Socket;
  #received = '';
  #text = '';
  #hasBegun = false;
  /** The answer came to its end. */
  #isWhole = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // A byte a character, as chunks are counted; what is told here is ASCII.
    socket.setEncoding('latin1').on('data', (text: string) => this.#take(text));
    // Whoever is cut off may be told so by a reset.
    socket.on('error', () => {});
  }

  /** Resolves when it has been told where it begins, and reads nothing from then on. */
  static async open(t: TestContext, { port }: ServerProcess, key: string): Promise<RawListener> {
    const socket = connect({ port, host: '127.0.0.1' });
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    const listener = new RawListener(socket);
    socket.write(
      `GET /api/v1/analytics/live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${key}\r\n\r\n`,
    );
    await listener.#until(() => listener.#hasBegun);
    socket.pause();
    return listener;
  }

  /** Reads until it has been told of this hit. */
  async readTo(id: string): Promise<void> {
    this.#socket.resume();
    await this.#until(() => this.told.at(-1)?.id === id);
  }

  /** Reads until the connection is over; whether the answer came to its end before. */
  async readToEnd(): Promise<boolean> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.resume();
    if (!this.#socket.closed) await closed;
    return this.#isWhole;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      assert.equal(this.#socket.closed, false, `cut off after ${this.told.at(-1)?.id}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#socket.off('data', wake).off('close', wake);
          resolve();
        };
        this.#socket.on('data', wake).on('close', wake);
      });
    }
  }

  #take(text: string): void {
    this.#received += text;
    for (;;) {
      const [whole, head, size] = /^(HTTP[^]*?\r\n\r\n)?([\da-f]+)\r\n/.exec(this.#received) ?? [];
      if (whole === undefined) break;
      const end = whole.length + Number.parseInt(size!, 16);
      if (this.#received.length < end + 2) break;
      if (head !== undefined) assert.match(head, /^HTTP\/1\.1 200 /);
      this.#text += this.#received.slice(whole.length, end);
      this.#received = this.#received.slice(end + 2);
      this.#isWhole = size === '0';
    }
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop()!;
    this.#hasBegun ||= blocks.length > 0;
    this.told.push(...blocks.filter((block) => block.includes('\ndata: ')).map(toldIn));
  }
}

function toldIn(block: string): Told {
  const fields = new Map(block.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^\w*: ?/, '')]));
  return { event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: fields.get('data') ?? '' };
}

const idsOf = (events: readonly { readonly event: string; readonly id: string }[]): string[] =>
  events.filter(({ event }) => event === 'click').map(({ id }) => id);

describe('a listener that stops reading', () => {
  let server: ServerProcess;
  let user: TestUser;
  let api: ApiClient;
  let linkId: string;
  let visitors: RawConnection;
  let quick: EventStream;
  /** The ids of all hits that the quick listener has heard of, in their order. */
  let heard: string[];
  /** The longest event that there was, as it goes over the wire. */
  let longest: number;

  before(async () => {
    const timer = `--import=${new URL('../support/set-timer.mjs', import.meta.url).href}`;
    server = await startServer({
      flags: ['--metrics-token', token, '--clicks-durability', 'process'],
      environment: { NODE_OPTIONS: timer },
    });
    user = addUser(server);
    api = user.client;
    linkId = (await api.createLink({ slug: 'busy' })).id;
    visitors = await RawConnection.to(server.port);
    quick = await EventStream.open(`${server.address}/api/v1/analytics/live`, {
      authorization: `Bearer ${api.key}`,
    });
    heard = [];
    longest = 0;
  });
  after(() => {
    quick.close();
    visitors.close();
  });

  async function figure(name: string): Promise<number> {
    const { text } = await sendRequest(server.address, {
      path: '/metrics',
      headers: { authorization: `Bearer ${token}` },
    });
    const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
    assert.ok(value, name);
    return Number(value);
  }

  async function until(name: string, value: number): Promise<void> {
    while ((await figure(name)) !== value) continue;
  }

  /** Visits of which there is as much to tell as there can be. */
  async function visit(count = visitsAtOnce, length = 480): Promise<void> {
    const utm = ['source', 'medium', 'campaign', 'term', 'content'].map((name) => `utm_${name}=${'u'.repeat(100)}`);
    const lines = [
      `GET /busy?${utm.join('&')} HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      `User-Agent: ${personsBrowser} ${'a'.repeat(length)}`,
      `Referer: https://referrer.example/${'r'.repeat(length)}`,
    ];
    visitors.write(`${lines.join('\r\n')}\r\n\r\n`.repeat(count));
    for (let n = 0; n < count; n++) assert.equal((await visitors.answer())?.status, 302);
  }

  /** The same, and the quick listener has been told of each. By then the others were told of it, too, or were found full. */
  async function visitAndHear(count = visitsAtOnce): Promise<void> {
    await visit(count);
    for (const { event, id, data } of await quick.take(count)) {
      assert.equal(event, 'click', data);
      heard.push(id);
      longest = Math.max(longest, `800\r\nid: ${id}\nevent: click\ndata: ${data}\n\n\r\n`.length);
    }
  }

  /** Visits until the server keeps for it all that it may. */
  async function fill(): Promise<number> {
    for (let rounds = 1; (await figure('signpost_live_pending_bytes')) <= maxPendingBytes; rounds++) {
      assert.ok(rounds <= maxRounds, 'the system took it all');
      await visitAndHear();
    }
    return figure('signpost_live_pending_bytes');
  }

  it('costs 256 KiB and one event at the most, and goes on where it was when it reads again', async (t) => {
    const stalled = await RawListener.open(t, server, api.key!);
    const full = await fill();
    assert.ok(full <= maxPendingBytes + longest, `${full} bytes wait, and an event has ${longest}`);
    for (let round = 0; round < 3; round++) {
      await visitAndHear();
      const pending = await figure('signpost_live_pending_bytes');
      assert.ok(pending <= maxPendingBytes + longest, `${pending} bytes wait`);
    }
    assert.equal(await figure('signpost_live_listeners'), 2);
    await stalled.readTo(heard.at(-1)!);
    await visitAndHear(1);
    await stalled.readTo(heard.at(-1)!);
    assert.deepEqual(idsOf(stalled.told), heard);
    assert.equal(await figure('signpost_live_pending_bytes'), 0);
    stalled.close();
    await until('signpost_live_listeners', 1);
  });

  it('is cut off after a minute, and finds all the rest when it comes back', async (t) => {
    const start = heard.length;
    const stalled = await RawListener.open(t, server, api.key!);
    await fill();
    await visitAndHear();
    process.kill(server.pid, 'SIGUSR2');
    await server.logged(/^timer: /m);
    await visitAndHear(1);
    await until('signpost_live_listeners', 1);
    assert.equal(await figure('signpost_live_pending_bytes'), 0);
    assert.equal(await stalled.readToEnd(), false);
    assert.deepEqual([...new Set(stalled.told.map(({ event }) => event))], ['click']);
    const ids = idsOf(stalled.told);
    const missed = heard.slice(start + ids.length);
    assert.deepEqual(ids, heard.slice(start, start + ids.length));
    assert.ok(missed.length > visitsAtOnce, `${missed.length} were missed`);
    const again = await EventStream.open(`${server.address}/api/v1/analytics/live`, {
      authorization: `Bearer ${api.key}`,
      'last-event-id': ids.at(-1)!,
    });
    assert.deepEqual(idsOf(await again.take(missed.length)), missed);
    again.close();
    await until('signpost_live_listeners', 1);
  });

  it('is told of a gap, from the last hit that it knows to the next, where more than 10,000 came meanwhile', async (t) => {
    const start = heard.length;
    const stalled = await RawListener.open(t, server, api.key!);
    await fill();
    quick.close();
    await until('signpost_live_listeners', 1);
    for (let visits = 0; visits <= maxBehind; visits += visitsAtOnce) await visit(visitsAtOnce, 0);
    const [newest] = (await api.get(`/links/${linkId}/clicks?perPage=1`)).data<{ id: string }[]>();
    await stalled.readTo(newest!.id);
    const { told } = stalled;
    const gap = told.findIndex(({ event }) => event === 'gap');
    const { after: known, before: next } = JSON.parse(told[gap]!.data) as { after: string; before: string };
    assert.deepEqual(idsOf(told.slice(0, gap)), heard.slice(start, start + gap));
    assert.equal(known, told[gap - 1]!.id);
    assert.equal(next, told[gap + 1]!.id);
    assert.equal(idsOf(told.slice(gap + 1)).length, told.length - gap - 1);
    stalled.close();
    await until('signpost_live_listeners', 0);
  });

  it('does not keep its connection when its key is revoked', async (t) => {
    const key = addKey(server, user.id, { scopes: ['analytics:read'] });
    const stalled = await RawListener.open(t, server, key.key!);
    for (let rounds = 1; (await figure('signpost_live_pending_bytes')) === 0; rounds++) {
      assert.ok(rounds <= maxRounds, 'the system took it all');
      await visit();
    }
    const keys = (await api.get('/api-keys?perPage=100')).data<{ id: string; scopes: string[] | null }[]>();
    await api.delete(`/api-keys/${keys.find(({ scopes }) => scopes !== null)!.id}`);
    await visit(1);
    await until('signpost_live_listeners', 0);
    // The visitors', and that of the question itself.
    await until('signpost_connections', 2);
    assert.equal(await stalled.readToEnd(), false);
  });
});
