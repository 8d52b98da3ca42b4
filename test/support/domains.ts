// Custom domains of a running server, claimed and proved as their owners do it.

import assert from 'node:assert/strict';
import type { ApiClient } from './api-client.ts';
import type { DnsServer } from './dns-server.ts';

/** The keys of the domain object that tests read; every one is in the answer itself. */
export interface DomainObject {
  readonly id: string;
  readonly domain: string;
  readonly verificationStatus: 'pending' | 'verified' | 'failed';
  readonly verificationToken: string;
  readonly verificationRecord: { readonly type: string; readonly name: string; readonly value: string };
  readonly verificationProblem: { readonly reason: string; readonly message: string } | null;
  readonly verifiedAt: string | null;
  readonly lastCheckedAt: string | null;
  readonly failingSince: string | null;
  readonly defaultRedirectUrl: string | null;
  readonly notFoundUrl: string | null;
  readonly slugCase: string;
  readonly clickRetentionDays: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export async function claimDomain(client: ApiClient, domain: string, settings: object = {}): Promise<DomainObject> {
  const answer = await client.post('/domains', { domain, ...settings });
  assert.equal(answer.status, 201, answer.text);
  return answer.data<DomainObject>();
}

/** Sets the record that proves a claim. */
export function publishProof(dns: DnsServer, { verificationRecord: { name, value } }: DomainObject): void {
  dns.setText(name, value);
}

/** Without a body, as clients send it. */
export async function verifyDomain(client: ApiClient, { id }: Pick<DomainObject, 'id'>): Promise<DomainObject> {
  return (await client.send('POST', `/domains/${id}/verify`)).data<DomainObject>();
}

/** A domain that the client's user has, proved. */
export async function addDomain(
  client: ApiClient,
  dns: DnsServer,
  domain: string,
  settings: object = {},
): Promise<DomainObject> {
  const claimed = await claimDomain(client, domain, settings);
  publishProof(dns, claimed);
  const verified = await verifyDomain(client, claimed);
  assert.equal(verified.verificationStatus, 'verified', verified.verificationProblem?.message);
  return verified;
}
