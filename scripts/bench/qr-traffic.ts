// A program of its own, and one that lets everybody go first where it asks for codes, so that what it costs is nobody else's delay:
// `redirects ORIGIN SECONDS PATH` opens a short link at a steady rate and times each answer; `codes ORIGIN SECONDS` asks for images as
// fast as they come. Prints one line of JSON.

import { Agent, request } from 'node:http';
import { yieldToOthers } from '../../src/core/background.ts';
import { percentile } from './report.ts';
import { linkHost } from './data-folder.ts';

const redirectsPerSecond = 500;
const codesAtOnce = 8;
const tickMs = 10;

export interface TrafficFigures {
  readonly answered: number;
  readonly faults: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Wanted {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
}

const agent = new Agent({ keepAlive: true });
const timesMs: number[] = [];
let faults = 0;

function ask(origin: string, { method, path, headers, body, status }: Wanted): Promise<void> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const failed = (): void => {
      faults++;
      resolve();
    };
    const sent = request(`${origin}${path}`, { method, headers, agent }, (response) => {
      response.resume();
      response.once('error', failed);
      response.once('end', () => {
        timesMs.push(performance.now() - startedAt);
        if (response.statusCode !== status) faults++;
        resolve();
      });
    });
    sent.once('error', failed);
    sent.end(body);
  });
}

/** By the clock, whether the answers come or not: a server that falls behind is not asked less. */
async function redirects(origin: string, seconds: number, path: string): Promise<void> {
  const headers = {
    host: linkHost,
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  };
  const visit: Wanted = { method: 'GET', path, headers, status: 302 };
  const startedAt = performance.now();
  const pending: Promise<void>[] = [];
  for (;;) {
    const elapsed = (performance.now() - startedAt) / 1000;
    if (elapsed >= seconds) break;
    while (pending.length < elapsed * redirectsPerSecond) pending.push(ask(origin, visit));
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  await Promise.all(pending);
}

async function codes(origin: string, seconds: number): Promise<void> {
  // Whoever wants codes has a machine of their own. Here they would share two cores with the server and whoever opens links.
  yieldToOthers();
  const until = performance.now() + seconds * 1000;
  let asked = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const format = asked % 2 === 0 ? 'svg' : 'png';
      const body = JSON.stringify({
        url: `https://go.example/q/${asked++}`,
        format,
        size: format === 'svg' ? 256 : 512,
      });
      const headers = { 'content-type': 'application/json' };
      await ask(origin, { method: 'POST', path: '/api/v1/qr/generate', headers, body, status: 200 });
    }
  };
  await Promise.all(Array.from({ length: codesAtOnce }, worker));
}

const [kind, origin = '', secondsText, path = ''] = process.argv.slice(2);
const startedAt = performance.now();
await (kind === 'redirects' ? redirects(origin, Number(secondsText), path) : codes(origin, Number(secondsText)));
const figures: TrafficFigures = {
  answered: timesMs.length,
  faults,
  seconds: (performance.now() - startedAt) / 1000,
  p50Ms: percentile(timesMs, 0.5),
  p99Ms: percentile(timesMs, 0.99),
};
agent.destroy();
console.log(JSON.stringify(figures));
