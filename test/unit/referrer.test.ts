// The host a visitor came from.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Referrers } from '../../src/clicks/referrer.ts';

const label = 'a'.repeat(63);

const table: [header: string | undefined, host: string | null][] = [
  ['https://news.example/', 'news.example'],
  ['https://news.example', 'news.example'],
  ['http://News.EXAMPLE/path?q=1#top', 'news.example'],
  ['HTTPS://www.news.example/', 'news.example'],
  ['https://www.news.example.:8443/x', 'news.example'],
  ['https://www2.news.example/', 'www2.news.example'],
  ['https://www.com/', 'www.com'],
  ['https://user:secret@news.example/', 'news.example'],
  ['https://bücher.example/', 'xn--bcher-kva.example'],
  ['https://localhost:3000/', 'localhost'],
  ['http://192.0.2.7:80/', '192.0.2.7'],
  ['http://[2001:DB8::1]/', '[2001:db8::1]'],
  ['https://news.example?x', 'news.example'],
  ['https://news.example\\@evil.example/', 'news.example'],
  ['android-app://com.google.android.gm/', 'com.google.android.gm'],
  ['android-app://com.Slack', 'com.slack'],
  ['android-app://com.google.android.gm/https/news.example', 'com.google.android.gm'],
  ['android-app://not a package/', null],
  ['android-app://', null],
  ['ftp://news.example/', null],
  ['about:blank', null],
  ['javascript://news.example/%0aalert(1)', null],
  ['file:///etc/passwd', null],
  ['data:text/html,hello', null],
  ['https://', null],
  ['https:///', null],
  ['https://a b/', null],
  ['https://%/', null],
  ['https://<script>/', null],
  ['news.example/path', null],
  ['//news.example/', null],
  ['://news.example', null],
  ['', null],
  [undefined, null],
  [`https://${label}.${label}.${label}.${'b'.repeat(61)}/`, `${label}.${label}.${label}.${'b'.repeat(61)}`],
  [`https://${label}.${label}.${label}.${'b'.repeat(62)}/`, null],
  [`https://${'a'.repeat(16_000)}/`, null],
  [`https://news.example/${'a'.repeat(16_000)}`, 'news.example'],
];

describe('Referrers.host', () => {
  const referrers = new Referrers();
  for (const [header, host] of table) {
    it(`reads ${host?.slice(0, 40)} from ${JSON.stringify(header)?.slice(0, 60)}`, () => {
      assert.equal(referrers.host(header), host);
      // From the cache as well.
      assert.equal(referrers.host(header), host);
    });
  }
});
