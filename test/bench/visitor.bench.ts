// What the redirect path pays to know its visitor, in nanoseconds a call, for cached and for new input. By hand: node test/bench/visitor.bench.ts

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { addressText, storedAddress } from '../../src/clicks/address-privacy.ts';
import { openGeo } from '../../src/clicks/geo.ts';
import { Languages } from '../../src/clicks/language.ts';
import { Referrers } from '../../src/clicks/referrer.ts';
import { UserAgents } from '../../src/clicks/user-agent.ts';
import { judge } from '../../src/clicks/verdict.ts';
import { ClientAddresses } from '../../src/http/client-address.ts';
import { seededRandom } from '../support/seeded-random.ts';

const random = seededRandom(1);
let sink = 0;

/** Strings with bytes of their own, as they come off a socket: nothing is hashed or shared yet. */
function fresh(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function measure(name: string, calls: number, prepare: () => (index: number) => unknown): void {
  const rounds: number[] = [];
  for (let round = 0; round < 4; round++) {
    const call = prepare();
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) if (call(i) !== undefined) sink++;
    rounds.push(Number(process.hrtime.bigint() - start) / calls);
  }
  // The first round also pays for compilation.
  console.log(
    `${name.padEnd(52)} ${Math.min(...rounds.slice(1))
      .toFixed(0)
      .padStart(8)} ns`,
  );
}

const chrome = (build: number) =>
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.${build}.0 Safari/537.36`;
const android = (build: number) =>
  `Mozilla/5.0 (Linux; Android 14; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.${build}.0 Mobile Safari/537.36`;

/** `count` inputs of which the first `distinct` differ, each a string of its own. */
const inputs = (count: number, distinct: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => fresh(make(index % distinct)));
const ipv4 = () => `${1 + random(220)}.${random(256)}.${random(256)}.${random(256)}`;

const hits = 100_000;
measure('user agent, hit (200 headers)', hits, () => {
  const userAgents = new UserAgents();
  const headers = inputs(hits, 200, (index) => (index % 2 === 0 ? chrome(index) : android(index)));
  return (index) => userAgents.parse(headers[index]);
});
measure('user agent, miss (desktop)', 4_000, () => {
  const userAgents = new UserAgents();
  return (index) => userAgents.parse(chrome(index));
});
measure('user agent, miss (mobile)', 4_000, () => {
  const userAgents = new UserAgents();
  return (index) => userAgents.parse(android(index));
});

const files = createRequire(import.meta.url);
const bytes = readFileSync(files.resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'));
const opened = process.hrtime.bigint();
openGeo({ bytes });
console.log(
  `${'open the country database'.padEnd(52)} ${(Number(process.hrtime.bigint() - opened) / 1e6).toFixed(1).padStart(8)} ms`,
);
measure('country, hit (5,000 addresses)', hits, () => {
  const geo = openGeo({ bytes });
  const pool = Array.from({ length: 5_000 }, ipv4);
  const addresses = inputs(hits, 5_000, (index) => pool[index]!);
  return (index) => geo.country(addresses[index]!);
});
measure('country, miss (IPv4)', hits, () => {
  const geo = openGeo({ bytes });
  const addresses = Array.from({ length: hits }, ipv4);
  return (index) => geo.country(addresses[index]!);
});
measure('country, miss (IPv6)', hits, () => {
  const geo = openGeo({ bytes });
  const addresses = Array.from(
    { length: hits },
    () =>
      `2a0${random(16).toString(16)}:${random(65_536).toString(16)}:${random(65_536).toString(16)}::${random(65_536).toString(16)}`,
  );
  return (index) => geo.country(addresses[index]!);
});

measure('client address, no proxies', hits, () => {
  const clients = new ClientAddresses([]);
  return () => clients.of('203.0.113.5', {});
});
measure('client address, mapped, no proxies', hits, () => {
  const clients = new ClientAddresses([]);
  return () => clients.of('::ffff:203.0.113.5', {});
});
measure('client address, X-Forwarded-For', hits, () => {
  const clients = new ClientAddresses(['10.0.0.0/8']);
  return () => clients.of('10.0.0.1', { 'x-forwarded-for': '203.0.113.5' });
});
measure('client address, Forwarded with IPv6', hits, () => {
  const clients = new ClientAddresses(['10.0.0.0/8']);
  return () => clients.of('10.0.0.1', { forwarded: 'for="[2001:db8::1]:4711";proto=https' });
});

measure('stored address, IPv4', hits, () => () => storedAddress('203.0.113.5', 'truncate'));
measure('stored address, IPv6', hits, () => () => storedAddress('2001:db8:1:2:3:4:5:6', 'truncate'));
measure('address text, IPv6', hits, () => {
  const stored = storedAddress('2001:db8:1:2:3:4:5:6', 'full')!;
  return () => addressText(stored);
});

measure('verdict', hits, () => {
  const userAgent = new UserAgents().parse(chrome(1));
  const headers = {
    host: 'go.example',
    'user-agent': chrome(1),
    accept: '*/*',
    'accept-language': 'en',
    referer: 'https://news.example/',
  };
  return () => judge({ method: 'GET', headers, userAgent, isFiltered: false, filterBots: true });
});
measure('language, hit', hits, () => {
  const languages = new Languages();
  const headers = inputs(hits, 50, (index) => `de-CH,de;q=0.9,en-US;q=0.8,en;q=0.${index}`);
  return (index) => languages.primary(headers[index]);
});
measure('language, miss', 4_000, () => {
  const languages = new Languages();
  return (index) => languages.primary(`de-CH,de;q=0.9,en-US;q=0.8,x${index};q=0.7`);
});
measure('referrer, hit', hits, () => {
  const referrers = new Referrers();
  const headers = inputs(hits, 200, (index) => `https://www.news${index}.example/2026/01/some-article`);
  return (index) => referrers.host(headers[index]);
});
measure('referrer, miss', 8_000, () => {
  const referrers = new Referrers();
  return (index) => referrers.host(`https://www.news${index}.example/2026/01/some-article`);
});

// The bound that the cut at 512 characters gives: the slowest of headers made to be slow.
const nasty = [
  '(',
  'Android ',
  'Mozilla/5.0 (',
  'iphone os ',
  'a;',
  '; ',
  'Safari/',
  'version/ mobile/',
  '1.',
  'opera version/',
  'mac os x_',
  'windows nt ',
  'bot',
  'hoodie ',
  'trident rv ',
  'ome/1 ',
  'iphone ',
  'droid ',
  'web0s; ',
  'hmd ',
  'smart-tv ',
];
let slowest = { text: '', ms: 0 };
for (const text of nasty) {
  const userAgents = new UserAgents();
  const header = text.repeat(Math.ceil(16_384 / text.length));
  userAgents.parse(header.slice(0, 400));
  const start = performance.now();
  userAgents.parse(header);
  const ms = performance.now() - start;
  if (ms > slowest.ms) slowest = { text, ms };
}
console.log(
  `${`slowest hostile header of 16 kB (${JSON.stringify(slowest.text)})`.padEnd(52)} ${slowest.ms.toFixed(2).padStart(8)} ms`,
);
console.log(`(${sink} results)`);
