// Whether a name is served is told in the same steps for every name: whoever measures the answers learns nothing from them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Domain, Domains } from '../../src/domains/domain.ts';
import { ClientAddresses } from '../../src/http/client-address.ts';
import { TlsCheck, tlsCheckPath } from '../../src/http/tls-check.ts';
import { sendRequest } from '../support/api-client.ts';

function domain(id: number, host: string): Domain {
  return {
    id,
    publicId: `dom_${id}`,
    userId: null,
    host,
    status: 'verified',
    serves: true,
    verificationToken: '',
    verifiedAt: 0,
    checkedAt: null,
    problem: null,
    failingSince: null,
    createdAt: 0,
    updatedAt: 0,
    defaultRedirectUrl: null,
    notFoundUrl: null,
    slugCase: 'sensitive',
    hasFoldedSlugs: false,
    clickRetentionDays: null,
  };
}

const domains = new Domains([domain(1, 'short.example')]);
const check = new TlsCheck(domains, new ClientAddresses([]));
const server = createServer((request, response) => {
  if (!check.handle(request, response)) response.destroy();
});
let address: string;
const session = new Session();

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
});

after(() => {
  session.disconnect();
  server.close();
});

/** How often each function of ours was called to answer for this name, and what the answer was. */
async function workFor(name: string): Promise<{ status: number; calls: Record<string, number> }> {
  await session.post('Profiler.takePreciseCoverage');
  const { status } = await sendRequest(address, { path: `${tlsCheckPath}?domain=${name}` });
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const calls: Record<string, number> = {};
  for (const { url, functions } of result) {
    if (!url.includes('/src/')) continue;
    for (const { functionName, ranges } of functions) {
      const { count, startOffset } = ranges[0]!;
      if (count > 0) calls[`${url.split('/src/')[1]}: ${functionName} at ${startOffset}`] = count;
    }
  }
  return { status, calls };
}

const names = {
  served: ['short.example', 'SHORT.example', 'd7.example', 'd999.example'],
  unknown: ['unknown.example', 'short.exampl', 'd1000.example', '127.0.0.1', 'x'.repeat(200)],
};

describe('/internal/tls-check', () => {
  it('takes the same steps for names that it serves and for others, however many there are', async () => {
    const { calls: expected } = await workFor('unknown.example');
    assert.equal(Object.keys(expected).filter((name) => name.includes('handle')).length, 1);
    for (let id = 2; id < 1_000; id++) domains.put(domain(id, `d${id}.example`));
    for (const [status, list] of [
      [200, names.served],
      [404, names.unknown],
    ] as const) {
      for (const name of list) assert.deepEqual(await workFor(name), { status, calls: expected }, name);
    }
  });
});
