// Proofs of custom domains through a real server and a real DNS server, with all the ways in which the DNS can fail; and what
// becomes of a domain over restarts, crashes and days without its proof.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openForCommand } from '../../src/storage/database.ts';
import { ApiClient } from '../support/api-client.ts';
import { type DnsReply, DnsServer } from '../support/dns-server.ts';
import { addDomain, claimDomain, type DomainObject, publishProof, verifyDomain } from '../support/domains.ts';
import { freePort } from '../support/free-port.ts';
import { closeServers, runSignpost, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);

const dayMs = 24 * 60 * 60 * 1000;

let dns: DnsServer;
let server: ServerProcess;
let api: ApiClient;
before(async () => {
  dns = await DnsServer.start();
  server = await startServer({ flags: ['--dns-servers', dns.address] });
  api = ApiClient.of(server);
});
after(() => dns.close());

async function restart(): Promise<void> {
  server = await startServer({ dataFolder: server.dataFolder, flags: ['--dns-servers', dns.address] });
  api = new ApiClient(server.address, api.key);
}

/** What a look for the proof finds where the record's name answers so. */
async function check(host: string, replyTo: (value: string) => DnsReply): Promise<DomainObject> {
  const claimed = await claimDomain(api, host);
  const { name, value } = claimed.verificationRecord;
  dns.set(name, replyTo(value));
  return verifyDomain(api, claimed);
}

describe('a proof', () => {
  const there: [how: string, reply: (value: string) => DnsReply][] = [
    ['alone', (value) => ({ txt: [[value]] })],
    ['beside other records', (value) => ({ txt: [['v=spf1 -all'], ['signpost-verify=stale'], [value]] })],
    ['in several strings', (value) => ({ txt: [[value.slice(0, 9), value.slice(9, 20), value.slice(20)]] })],
    ['in the quotes of a zone file', (value) => ({ txt: [[`"${value}"`]] })],
  ];
  for (const [n, [how, reply]] of there.entries()) {
    it(`is found ${how}`, async () => {
      const domain = await check(`found${n}.example.com`, reply);
      assert.deepEqual([domain.verificationStatus, domain.verificationProblem], ['verified', null]);
    });
  }

  it('is found behind an alias of its own name', async () => {
    const claimed = await claimDomain(api, 'alias.example.com');
    dns.set(claimed.verificationRecord.name, { cname: 'proofs.example.net' });
    dns.setText('proofs.example.net', claimed.verificationRecord.value);
    assert.equal((await verifyDomain(api, claimed)).verificationStatus, 'verified');
  });

  const missing: [reason: string, reply: DnsReply, words: RegExp][] = [
    ['no_such_name', { code: 'NXDOMAIN' }, /there is no name _signpost\.\S+ in the DNS \(NXDOMAIN\)/],
    ['no_record', { txt: [] }, /has no TXT record/],
    ['other_value', { txt: [['something else']] }, /none with this domain's value/],
    ['server_failure', { code: 'SERVFAIL' }, /failed to answer \(SERVFAIL\)/],
    ['refused', { code: 'REFUSED' }, /\(REFUSED\)/],
    ['timeout', 'silence', /did not answer in time/],
  ];
  for (const [reason, reply, words] of missing) {
    it(`is missed in plain words: ${reason}`, async () => {
      const domain = await check(`missed-${reason.replaceAll('_', '-')}.example.com`, () => reply);
      assert.deepEqual([domain.verificationStatus, domain.verificationProblem?.reason], ['pending', reason]);
      assert.match(domain.verificationProblem?.message ?? '', words);
      assert.deepEqual((await api.get(`/domains/${domain.id}`)).data(), domain);
    });
  }

  it('is not given by a wildcard, of a TXT record or of an alias that others may fill', async () => {
    const byText = await claimDomain(api, 'wild.example.org');
    dns.setText('*.wild.example.org', byText.verificationRecord.value);
    const byAlias = await claimDomain(api, 'wild.example.net');
    dns.set('*.wild.example.net', { cname: 'tenants.example.com' });
    dns.setText('tenants.example.com', byAlias.verificationRecord.value);
    for (const claimed of [byText, byAlias]) {
      const { verificationStatus, verificationProblem } = await verifyDomain(api, claimed);
      assert.deepEqual([verificationStatus, verificationProblem?.reason], ['pending', 'wildcard']);
    }
  });

  it('is not looked for anywhere but at the servers that are named', async () => {
    const elsewhere = await startServer({ flags: ['--dns-servers', `127.0.0.1:${await freePort()}`] });
    const client = ApiClient.of(elsewhere);
    const claimed = await claimDomain(client, 'unreachable.example.com');
    publishProof(dns, claimed);
    const { verificationProblem } = await verifyDomain(client, claimed);
    // A closed port is refused at once, or, on some systems, heard of by silence.
    assert.match(verificationProblem?.reason ?? '', /^(?:unreachable|timeout)$/);
    await elsewhere.kill();
  });
});

describe('signpost domains list', () => {
  it('shows every domain, how its proof stands, and not the default one', async () => {
    const dataDir = ['--data-dir', server.dataFolder];
    const { code, stdout } = await runSignpost(['domains', 'list', '--json', ...dataDir]);
    assert.equal(code, 0);
    const rows = JSON.parse(stdout) as { id: string; user: string; domain: string; status: string; problem: string }[];
    const found = (name: string) => rows.find(({ domain }) => domain === name);
    assert.deepEqual([found('found0.example.com')?.status, found('found0.example.com')?.problem], ['verified', null]);
    assert.deepEqual(
      [found('missed-refused.example.com')?.status, found('missed-refused.example.com')?.problem],
      ['pending', 'refused'],
    );
    assert.equal(found('127.0.0.1'), undefined);
    const text = await runSignpost(['domains', 'list', '--user', rows[0]!.user, ...dataDir]);
    assert.match(text.stdout, /^ID +USER +DOMAIN +STATUS +PROBLEM +VERIFIED AT +CHECKED AT\n/);
    assert.equal(text.stdout.trimEnd().split('\n').length, rows.length + 1);
  });
});

describe('a stop', () => {
  it('does not wait for the DNS', async () => {
    const stopped = await startServer({ flags: ['--dns-servers', dns.address] });
    const client = ApiClient.of(stopped);
    const claimed = await claimDomain(client, 'slow.example.com');
    dns.set(claimed.verificationRecord.name, 'silence');
    const asked = dns.asked.length;
    const answer = client.send('POST', `/domains/${claimed.id}/verify`);
    while (dns.asked.length === asked) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await stopped.stop(), 0);
    assert.equal((await answer).error.code, 'UNAVAILABLE');
  });
});

describe('a verified domain', () => {
  it('is there again after the process was killed', async () => {
    const domain = await addDomain(api, dns, 'crash.example.com', { slugCase: 'insensitive' });
    await api.createLink({ slug: 'Printed', domain: domain.domain });
    await server.kill();
    await restart();
    assert.deepEqual((await api.get(`/domains/${domain.id}`)).data(), domain);
    assert.equal((await api.visit('PRINTED', { host: domain.domain })).status, 302);
  });

  it('works on without its proof, is marked after seven days, and recovers when the proof is back', async () => {
    const domain = await addDomain(api, dns, 'neglected.example.com');
    const { name, value } = domain.verificationRecord;
    await api.createLink({ slug: 'kept', domain: domain.domain });
    const create = () => api.post('/links', { destinationUrl: 'https://example.com/', domain: domain.domain });
    const now = async () => (await api.get(`/domains/${domain.id}`)).data<DomainObject>();
    /** Starts the server as it would be some days later: with every time of the domain's checks that much earlier. */
    const daysLater = async (days: number, checks: number): Promise<void> => {
      assert.equal(await server.stop(), 0);
      const connection = openForCommand(server.dataFolder);
      connection
        .prepare(
          'UPDATE domains SET checked_at = checked_at - $ms, failing_since = failing_since - $ms, failed_checks = $checks WHERE host = $host',
        )
        .run({ ms: days * dayMs, checks, host: domain.domain });
      connection.prepare('UPDATE jobs SET due_at = due_at - ?').run(days * dayMs);
      connection.close();
      await restart();
    };
    /** Resolves when the domain is as expected; a start looks for the proofs that are due. */
    const until = async (isReached: (domain: DomainObject) => boolean): Promise<DomainObject> => {
      for (;;) {
        const present = await now();
        if (isReached(present)) return present;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };

    dns.set(name, { code: 'SERVFAIL' });
    await daysLater(1, 0);
    const failing = await until(({ verificationProblem }) => verificationProblem !== null);
    assert.deepEqual([failing.verificationStatus, failing.verificationProblem?.reason], ['verified', 'server_failure']);
    assert.equal(failing.failingSince, failing.lastCheckedAt);
    assert.equal((await api.visit('kept', { host: domain.domain })).status, 302);
    assert.equal((await create()).status, 201);

    await daysLater(8, 20);
    const marked = await until(({ verificationStatus }) => verificationStatus === 'failed');
    assert.equal(marked.verifiedAt, domain.verifiedAt);
    assert.equal(Date.parse(marked.failingSince!), Date.parse(failing.failingSince!) - 8 * dayMs);
    await server.logged(/"domain":"neglected\.example\.com",.*"msg":"a domain has not been verified for 7 days/);
    assert.equal((await api.visit('kept', { host: domain.domain })).status, 302);
    const refused = await create();
    assert.deepEqual([refused.status, refused.error.code], [403, 'DOMAIN_NOT_VERIFIED']);

    dns.setText(name, value);
    const back = await verifyDomain(api, domain);
    assert.deepEqual(
      [back.verificationStatus, back.verifiedAt, back.failingSince],
      ['verified', domain.verifiedAt, null],
    );
    assert.equal((await create()).status, 201);
    // In its whole life it became verified once.
    assert.doesNotMatch(server.stderr(), /a domain is verified/);
  });
});
