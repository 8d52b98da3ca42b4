// Sends requests by the client for requests of our own, as a process of its own, so many at once: `outgoing-load.ts URL LANES COUNT`
// prints one line of JSON.

import { OutgoingClient } from '../../src/outgoing/outgoing-client.ts';

const [url = '', lanes = '4', count = '20000'] = process.argv.slice(2);
const maxAnswerBytes = 64 * 1024;

const client = new OutgoingClient({ allow: ['127.0.0.1'] });
// As much as a delivery of a click.
const headers: Record<string, string> = { 'Content-Type': 'application/json', 'User-Agent': 'Signpost (benchmark)' };
for (let n = 1; n <= 7; n++) headers[`X-Webhook-${n}`] = '0123456789abcdef'.repeat(4);
const body = JSON.stringify({ event: 'click', text: 'x'.repeat(600) });

async function send(total: number): Promise<void> {
  let left = total;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const { status } = await client.send({
        url: new URL(url),
        method: 'POST',
        headers,
        body,
        maxBytes: maxAnswerBytes,
      });
      if (status !== 200) throw new Error(`the receiver answers ${status}`);
    }
  };
  await Promise.all(Array.from({ length: Number(lanes) }, lane));
}

const megabytes = (): number => process.memoryUsage.rss() / 1e6;

const emptyMegabytes = megabytes();
await send(1);
const firstMegabytes = megabytes() - emptyMegabytes;
await send(Number(count) / 4);
const before = process.cpuUsage();
const startedAt = performance.now();
await send(Number(count));
const seconds = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(before);
client.close();
console.log(
  JSON.stringify({
    requestsPerSecond: Number(count) / seconds,
    processorMicros: (user + system) / Number(count),
    firstMegabytes,
  }),
);
