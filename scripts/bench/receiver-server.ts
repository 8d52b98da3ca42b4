// A receiver of webhooks for benchmarks, as a process of its own: takes everything with a 200. GET says what it has got.

import { createServer } from 'node:http';

let received = 0;
let last = 0;
/** How many places the event that was furthest from its own came too early or too late. */
let furthest = 0;

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify({ received, last, furthest }));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.end();
    received++;
    const number = /"data":\{"n":(\d+)/.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
    if (number === undefined) return;
    last = Math.max(last, Number(number));
    furthest = Math.max(furthest, Math.abs(Number(number) - received));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
