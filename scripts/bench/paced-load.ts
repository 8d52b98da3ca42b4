// A steady stream of visits, as a process of its own: so many a second, whether or not the answers keep up. Waiting is counted
// from when a visit was due, so that a server that stalls is charged for all whom it kept waiting.
// `paced-load.ts ORIGIN PATH RATE SECONDS [HOST]` prints one line of JSON; SECONDS may be `stdin`: until that ends.

import { Agent, request } from 'node:http';
import { percentile } from './report.ts';

const [origin = '', path = '/', rate = '1000', seconds = '5', host] = process.argv.slice(2);
const tickMs = 2;
const { hostname, port } = new URL(origin);
const agent = new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'fifo' });
const headers = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'accept-language': 'en-GB,en;q=0.5',
  referer: 'https://news.example/page',
  ...(host !== undefined && { host }),
};

const waits: number[] = [];
let faults = 0;

function visit(dueAt: number): Promise<void> {
  return new Promise((resolve) => {
    const sent = request({ agent, hostname, port, path, headers }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 302) waits.push(performance.now() - dueAt);
        else faults++;
        resolve();
      });
    });
    sent.once('error', () => {
      faults++;
      resolve();
    });
    sent.end();
  });
}

let total = seconds === 'stdin' ? Infinity : Number(rate) * Number(seconds);
const startedAt = performance.now();
const visits: Promise<void>[] = [];
if (seconds === 'stdin') process.stdin.once('end', () => (total = visits.length)).resume();
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const due = Math.min(total, ((performance.now() - startedAt) * Number(rate)) / 1_000);
    while (visits.length < due) visits.push(visit(startedAt + (visits.length * 1_000) / Number(rate)));
    if (visits.length < total) return;
    clearInterval(timer);
    resolve();
  }, tickMs);
});
await Promise.all(visits);
agent.destroy();
const took = (performance.now() - startedAt) / 1_000;
console.log(
  JSON.stringify({
    redirects: waits.length,
    seconds: took,
    p50Ms: percentile(waits, 0.5),
    p99Ms: percentile(waits, 0.99),
    faults,
  }),
);
