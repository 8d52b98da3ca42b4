// One load run of autocannon, in a process of its own: node autocannon-load.ts ORIGIN SECONDS CONNECTIONS VISITS_FILE.
// Prints the same line as the script for wrk.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LoadRun } from './load.ts';
import type { Visit } from './visits.ts';

interface Request {
  readonly body?: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The part of autocannon that is used; the package has no types. */
type Autocannon = (options: {
  readonly url: string;
  readonly connections: number;
  readonly duration: number;
  readonly setupClient: (client: { setRequests(requests: readonly Request[]): void }) => void;
}) => Promise<{
  readonly '3xx': number;
  readonly '2xx': number;
  readonly '4xx': number;
  readonly '5xx': number;
  readonly errors: number;
  readonly timeouts: number;
  readonly duration: number;
  readonly latency: { readonly p50: number; readonly p99: number };
}>;

const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;
const [origin = '', seconds, connections, visitsFile = ''] = process.argv.slice(2);
const visits = JSON.parse(readFileSync(visitsFile, 'utf8')) as Visit[];

const requests = visits.map(({ path, headers, body }): Request =>
  body === undefined
    ? { method: 'GET', path, headers: Object.fromEntries(headers) }
    : { method: 'POST', path, headers: { ...Object.fromEntries(headers), 'content-type': 'application/json' }, body },
);
const arePosts = visits.some(({ body }) => body !== undefined);
// Each connection its own: autocannon copies a shared list for every connection, which would take longer than the run.
const perConnection = Math.floor(requests.length / Number(connections));
let given = 0;

const result = await autocannon({
  url: origin,
  connections: Number(connections),
  duration: Number(seconds),
  setupClient: (client) => client.setRequests(requests.slice(given, (given += perConnection))),
});
const run: LoadRun = {
  redirects: arePosts ? result['2xx'] : result['3xx'],
  seconds: result.duration,
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
  faults: (arePosts ? 0 : result['2xx']) + result['4xx'] + result['5xx'] + result.errors,
};
console.log(JSON.stringify(run));
