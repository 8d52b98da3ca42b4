// Asks a server of our own and takes the time, over one connection.

import { Agent, get } from 'node:http';

export interface TimedAnswer {
  readonly ms: number;
  readonly bytes: number;
  readonly totalClicks: number;
}

export function oneConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

/** Rejects where the answer is no 200. */
export function askTimed(url: string, apiKey: string, agent: Agent): Promise<TimedAnswer> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${apiKey}` } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const ms = performance.now() - startedAt;
        const body = Buffer.concat(chunks);
        if (response.statusCode !== 200)
          return reject(new Error(`${url} answers ${response.statusCode}: ${body.toString()}`));
        const { data } = JSON.parse(body.toString()) as { data: { totalClicks: number } };
        return resolve({ ms, bytes: body.length, totalClicks: data.totalClicks });
      });
    }).once('error', reject);
  });
}
