// Ends a server with SIGKILL while it delivers, again and again on the same data folder, and compares what its clients were told with
// what the receiver got. The short form runs among the tests, the long one in scripts/chaos.ts.

import assert from 'node:assert/strict';
import { openForCommand } from '../../src/storage/database.ts';
import { ApiClient, type LinkObject, personsBrowser, sendRequest } from './api-client.ts';
import type { CrashDurability } from './crash-rounds.ts';
import { DnsServer } from './dns-server.ts';
import { claimDomain, publishProof, verifyDomain } from './domains.ts';
import { Receiver } from './receiver.ts';
import { seededRandom } from './seeded-random.ts';
import { startServer, temporaryFolder } from './server-process.ts';

interface WebhookCrashRoundsOptions {
  /** At `batched` redirects may be lost; what is counted is told of all the same. */
  readonly durability: CrashDurability;
  readonly rounds: number;
  /** Draws the moments of the kills. */
  readonly seed: number;
  readonly onRound?: (line: string) => void;
  /** Raised where whoever waits has given up: what was not delivered is waited for without an end. */
  readonly signal?: AbortSignal;
}

const linksPerRound = 40;
const changesPerRound = 10;
const visitsPerRound = 40;
const scanEvery = 4;
const mostAnsweringMs = 20;

/** What clients were told has happened, or what the receiver was told of, by what names it. */
class Happened {
  readonly created = new Set<string>();
  readonly updated = new Set<string>();
  readonly deleted = new Set<string>();
  readonly verified = new Set<string>();
  readonly clicks = new Set<string>();
  readonly scans = new Set<string>();

  static toldTo({ received }: Receiver): Happened {
    const told = new Happened();
    for (const { message } of received) {
      const data = message.data as { id: string; title: string; clickId: string; domainId: string };
      if (message.event === 'link.created') told.created.add(data.id);
      else if (message.event === 'link.updated') told.updated.add(data.title);
      else if (message.event === 'link.deleted') told.deleted.add(data.id);
      else if (message.event === 'domain.verified') told.verified.add(data.domainId);
      else if (message.event === 'click') told.clicks.add(data.clickId);
      else if (message.event === 'qr.scanned') told.scans.add(data.clickId);
      else assert.fail(`an event ${message.event}`);
    }
    return told;
  }

  /** Whether the receiver was told of all of it; visitors have no names for their clicks. */
  isIn(told: Happened): boolean {
    const kinds = ['created', 'updated', 'deleted', 'verified'] as const;
    return kinds.every((kind) => this[kind].isSubsetOf(told[kind]));
  }
}

/** Fails where something that was confirmed was not delivered, or a double has another id. */
export async function runWebhookCrashRounds(options: WebhookCrashRoundsOptions): Promise<void> {
  const random = seededRandom(options.seed);
  const dns = await DnsServer.start();
  const receiver = await Receiver.start((response) => void setTimeout(() => response.end(), random(mostAnsweringMs)));
  let end = async (): Promise<void> => {
    end = () => Promise.resolve();
    dns.close();
    await receiver.down();
  };
  options.signal?.addEventListener('abort', () => void end());
  try {
    await crashWhileDelivering(options, random, dns, receiver);
  } finally {
    await end();
  }
}

async function crashWhileDelivering(
  { durability, rounds, onRound }: WebhookCrashRoundsOptions,
  random: (below: number) => number,
  dns: DnsServer,
  receiver: Receiver,
): Promise<void> {
  const dataFolder = temporaryFolder();
  const flags = ['--webhooks-allow', '127.0.0.1', '--clicks-durability', durability, '--dns-servers', dns.address];
  let server = await startServer({ dataFolder, flags });
  const key = server.firstKey;
  let api = new ApiClient(server.address, key);
  const made = await api.post('/webhooks', { name: 'w', url: receiver.url, events: ['*'] });
  assert.equal(made.status, 201, made.text);

  const confirmed = new Happened();
  const target = await api.createLink({ slug: 'target' });
  confirmed.created.add(target.id);
  const code = (await api.post('/qr', { linkId: target.id })).data<{ id: string; trackingUrl: string }>();
  const scanPath = new URL(code.trackingUrl).pathname;
  let redirects = 0;
  let scans = 0;

  const visit = async (n: number): Promise<void> => {
    const isScan = n % scanEvery === 0;
    const headers = { 'user-agent': personsBrowser };
    const { status } = await (isScan ? sendRequest(server.address, { path: scanPath, headers }) : api.visit('target'));
    if (status !== 302) return;
    redirects++;
    if (isScan) scans++;
  };
  /** Until the server is killed in the middle of it: what was confirmed is known. */
  const cause = async (round: number): Promise<void> => {
    const claimed = await claimDomain(api, `r${round}.example`);
    publishProof(dns, claimed);
    const bulk = Array.from({ length: linksPerRound }, () => ({ destinationUrl: 'https://example.com/' }));
    const answer = await api.post('/links/bulk', bulk);
    const ids = answer.data<{ data: LinkObject }[]>().map(({ data }) => data.id);
    for (const id of ids) confirmed.created.add(id);
    const change = async (id: string, n: number): Promise<void> => {
      const title = `${round}/${n}`;
      if ((await api.patch(`/links/${id}`, { title })).status === 200) confirmed.updated.add(title);
      if ((await api.delete(`/links/${id}`)).status === 204) confirmed.deleted.add(id);
    };
    const proved = verifyDomain(api, claimed).then(({ verificationStatus }) => {
      if (verificationStatus === 'verified') confirmed.verified.add(claimed.id);
    });
    const changed = (async () => {
      for (const [n, id] of ids.slice(0, changesPerRound).entries()) await change(id, n);
    })();
    const visited = (async () => {
      for (let n = 0; n < visitsPerRound; n++) await visit(n);
    })();
    await Promise.allSettled([proved, changed, visited]);
  };

  for (let round = 1; round <= rounds; round++) {
    const before = receiver.received.length;
    const killAfter = before + 1 + random(linksPerRound + changesPerRound + visitsPerRound - 10);
    const caused = cause(round).catch(() => {});
    await receiver.has(killAfter);
    await server.kill();
    await caused;
    const got = receiver.received.length - before;
    server = await startServer({ dataFolder, flags });
    api = new ApiClient(server.address, key);
    onRound?.(`webhooks, ${durability}, ${round}/${rounds}: ${got} deliveries before the kill`);
  }

  await receiver.has(() => confirmed.isIn(Happened.toldTo(receiver)));
  // What was counted is what was told of, to the click.
  const counted = (await api.link(target.id)).clickCount;
  const { scanCount } = (await api.get(`/qr/${code.id}`)).data<{ scanCount: number }>();
  if (durability !== 'batched') {
    assert.ok(counted >= redirects, `${redirects} redirects were answered, ${counted} counted`);
    assert.ok(scanCount >= scans, `${scans} scans were answered, ${scanCount} counted`);
  }
  await receiver.has(() => {
    const { clicks, scans: scanned } = Happened.toldTo(receiver);
    return clicks.size >= counted && scanned.size >= scanCount;
  });
  assert.equal(await server.stop(), 0);
  const told = Happened.toldTo(receiver);
  assert.deepEqual([told.clicks.size, told.scans.size], [counted, scanCount]);
  assert.deepEqual(told.created, linksIn(dataFolder), 'links that were made, and links that were told of');
  const { created, updated, deleted, verified, clicks, scans: scanned } = told;
  const happened = [created, updated, deleted, verified, clicks, scanned].reduce((sum, { size }) => sum + size, 0);
  assert.equal(new Set(receiver.ids).size, happened, 'nothing is told of under two ids');
  checkDoubles(receiver);
}

function linksIn(dataFolder: string): Set<string> {
  const connection = openForCommand(dataFolder);
  const ids = connection.prepare<[], string>('SELECT public_id FROM links').pluck().all();
  connection.close();
  return new Set(ids);
}

/** A delivery that comes twice carries the same event and the same bytes; an event never comes under two ids. */
function checkDoubles({ received }: Receiver): void {
  const bodies = new Map<string, string>();
  const idOfEvent = new Map<string, string>();
  for (const { deliveryId, body, message } of received) {
    assert.equal(bodies.get(deliveryId) ?? body, body);
    bodies.set(deliveryId, body);
    assert.equal(idOfEvent.get(message.id) ?? deliveryId, deliveryId);
    idOfEvent.set(message.id, deliveryId);
  }
  assert.equal(bodies.size, idOfEvent.size);
}
