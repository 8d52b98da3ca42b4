import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { hostsEntries, NameLookup } from '../../src/outgoing/name-lookup.ts';
import { DnsServer } from '../support/dns-server.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

let dns: DnsServer;
const started: NameLookup[] = [];
/** What the system was asked for. */
let asked: string[] = [];
before(async () => {
  dns = await DnsServer.start();
});
afterEach(() => {
  for (const names of started.splice(0)) names.close();
  dns.asked.length = 0;
  asked = [];
});
after(async () => {
  dns.close();
  await closeServers();
});

interface Given {
  readonly listed?: string[];
  readonly hosts?: string;
  readonly maxNames?: number;
}

function lookupWith({ listed = [], hosts = '', maxNames = 1_000 }: Given = {}): NameLookup {
  const hostsFile = join(temporaryFolder(), 'hosts');
  if (hosts !== '') writeFileSync(hostsFile, hosts);
  const names = new NameLookup({
    isListed: (host) => listed.includes(host),
    servers: [dns.address],
    hostsFile,
    maxNames,
    askSystem: (host) => {
      asked.push(host);
      return Promise.resolve(['10.0.0.7']);
    },
  });
  started.push(names);
  return names;
}

describe('a name', () => {
  it('waits for no other, however many of those have servers that never answer', async () => {
    dns.set('*.hanging.example', 'silence');
    dns.set('quick.example', { a: '93.184.215.14' });
    const names = lookupWith({ listed: ['n0.hanging.example'] });
    const settled: string[] = [];
    const hanging = Array.from({ length: 40 }, async (_, n) => {
      const host = `n${n}.hanging.example`;
      await names.resolve(host).catch(() => {});
      settled.push(host);
    });
    assert.deepEqual(await names.resolve('quick.example'), ['93.184.215.14']);
    assert.deepEqual(settled, [], 'none of the others has ended');
    names.close();
    await Promise.all(hanging);
    assert.deepEqual(asked, [], 'a silent name must not wait in a thread as well');
  });

  it('is looked up once for all who ask at the same time, and anew for who asks afterwards', async () => {
    dns.set('shared.example', { a: '93.184.215.14' });
    const names = lookupWith();
    await Promise.all(Array.from({ length: 20 }, () => names.resolve('shared.example')));
    assert.deepEqual(dns.asked, ['shared.example', 'shared.example'], 'for both kinds of addresses');
    dns.set('shared.example', { a: '127.0.0.1' });
    assert.deepEqual(await names.resolve('shared.example'), ['127.0.0.1']);
  });

  it('has the addresses of both kinds, in turn, and those of one where the other never comes', async () => {
    dns.set('both.example', { a: '93.184.215.14', aaaa: '2606:4700::1111' });
    dns.set('half.example', { a: '93.184.215.14', aaaa: null });
    const names = lookupWith();
    assert.deepEqual(await names.resolve('both.example.'), ['93.184.215.14', '2606:4700::1111']);
    assert.deepEqual(await names.resolve('half.example'), ['93.184.215.14']);
  });

  it('that the hosts file has is not asked for elsewhere', async () => {
    const names = lookupWith({
      hosts: '# 10.9.9.9 fixed.example\n10.0.0.1\tother fixed.EXAMPLE # x\n\nfe80::1 fixed.example\n',
    });
    assert.deepEqual(await names.resolve('fixed.example'), ['10.0.0.1', 'fe80::1']);
    assert.deepEqual(dns.asked, []);
  });

  it('that DNS does not know is looked for by the system only where the operator lists it', async () => {
    dns.set('broken.example', { code: 'SERVFAIL' });
    const names = lookupWith({ listed: ['hooks.internal', 'broken.example'] });
    assert.deepEqual(await names.resolve('hooks.internal'), ['10.0.0.7']);
    assert.deepEqual(await names.resolve('broken.example'), ['10.0.0.7']);
    await assert.rejects(names.resolve('hooks.elsewhere'), { code: 'ENOTFOUND' });
    assert.deepEqual(asked, ['hooks.internal', 'broken.example']);
  });

  it('is refused where as many as may are looked up already', async () => {
    dns.set('*.quick.example', { a: '93.184.215.14' });
    const names = lookupWith({ maxNames: 3 });
    const running = [1, 2, 3].map((n) => names.resolve(`n${n}.quick.example`));
    await assert.rejects(names.resolve('n4.quick.example'), /too many look-ups/);
    await Promise.all(running);
    assert.deepEqual(await names.resolve('n4.quick.example'), ['93.184.215.14']);
  });
});

describe('a hosts file', () => {
  it('is read line by line, comments and what is no address left out', () => {
    const text = '127.0.0.1 localhost\r\n::1 localhost ip6-localhost\nnonsense localhost\n#1.1.1.1 localhost\n';
    assert.deepEqual(hostsEntries(text, 'LOCALHOST'), ['127.0.0.1', '::1']);
    assert.deepEqual(hostsEntries(text, 'nonsense'), []);
    assert.deepEqual(hostsEntries(text, '127.0.0.1'), []);
  });
});
