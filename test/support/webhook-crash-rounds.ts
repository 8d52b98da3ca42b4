// Ends a server with SIGKILL while it delivers, again and again on the same data folder, and compares what its clients were told with
// what the receiver got. The short form runs among the tests, the long one in scripts/chaos.ts.

import assert from 'node:assert/strict';
import { ApiClient, type LinkObject } from './api-client.ts';
import { Receiver } from './receiver.ts';
import { seededRandom } from './seeded-random.ts';
import { startServer, temporaryFolder } from './server-process.ts';

interface WebhookCrashRoundsOptions {
  readonly rounds: number;
  /** Draws the moments of the kills. */
  readonly seed: number;
  readonly onRound?: (line: string) => void;
}

const linksPerRound = 40;
const visitsPerRound = 40;
const mostAnsweringMs = 20;

/** Fails where something that was confirmed was not delivered, or a double has another id. */
export async function runWebhookCrashRounds({ rounds, seed, onRound }: WebhookCrashRoundsOptions): Promise<void> {
  const random = seededRandom(seed);
  const dataFolder = temporaryFolder();
  const flags = ['--webhooks-allow', '127.0.0.1', '--clicks-durability', 'process'];
  const receiver = await Receiver.start((response) => void setTimeout(() => response.end(), random(mostAnsweringMs)));
  let server = await startServer({ dataFolder, flags });
  const key = server.firstKey;
  let api = new ApiClient(server.address, key);
  const made = await api.post('/webhooks', { name: 'w', url: receiver.url, events: ['click', 'link.created'] });
  assert.equal(made.status, 201, made.text);

  /** Ids of links whose creation was confirmed. */
  const links = new Set<string>();
  const target = await api.createLink({ slug: 'target' });
  links.add(target.id);
  let redirects = 0;

  for (let round = 1; round <= rounds; round++) {
    const before = receiver.received.length;
    const killAfter = before + 1 + random(linksPerRound + visitsPerRound - 10);
    const causes = (async () => {
      const bulk = Array.from({ length: linksPerRound }, () => ({ destinationUrl: 'https://example.com/' }));
      const answer = await api.post('/links/bulk', bulk);
      for (const { data } of answer.data<{ data: LinkObject }[]>()) links.add(data.id);
      for (let n = 0; n < visitsPerRound; n++) if ((await api.visit('target')).status === 302) redirects++;
    })().catch(() => {
      // Killed in the middle: what was confirmed is known.
    });
    await receiver.has(killAfter);
    await server.kill();
    await causes;
    const got = receiver.received.length - before;
    server = await startServer({ dataFolder, flags });
    api = new ApiClient(server.address, key);
    onRound?.(`webhooks ${round}/${rounds}: ${got} deliveries before the kill`);
  }

  const told = (): { links: Set<string>; clicks: Set<string> } => {
    const seen = { links: new Set<string>(), clicks: new Set<string>() };
    for (const { message } of receiver.received) {
      const data = message.data as { id: string; clickId: string };
      if (message.event === 'click') seen.clicks.add(data.clickId);
      else seen.links.add(data.id);
    }
    return seen;
  };
  await receiver.has(() => {
    const seen = told();
    return seen.clicks.size >= redirects && [...links].every((id) => seen.links.has(id));
  });
  // What was counted is what was told of, to the click.
  const counted = (await api.link(target.id)).clickCount;
  await receiver.has(() => told().clicks.size >= counted);
  assert.ok(counted >= redirects, `${redirects} redirects were answered, ${counted} counted`);
  assert.equal(told().clicks.size, counted);
  checkDoubles(receiver);
  assert.equal(await server.stop(), 0);
  await receiver.down();
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
