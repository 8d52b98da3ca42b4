// Destinations: every accepted one is exactly what a browser opens, every other one is INVALID_URL.

import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../../src/core/errors.ts';
import { type DestinationRules, maxUrlBytes, parseDeepLink, parseDestination } from '../../src/links/destination.ts';

const own = new Set(['go.example', 'xn--bcher-kva.example', 'go.example:8443', '127.0.0.1:8787', '[::1]:8787']);
const rules: DestinationRules = { ownHosts: (host) => own.has(host) };
const parse = (text: string): string => parseDestination(text, 'destinationUrl', rules);
const deep = (text: string): string => parseDeepLink(text, 'iosUrl', rules);
const isInvalidUrl = (path: string) => (error: unknown) =>
  error instanceof AppError &&
  error.code === 'INVALID_URL' &&
  error.details.length === 1 &&
  error.details[0]!.path === path &&
  error.message.startsWith(`${path} `);

/** As given, and as stored: the serialisation of the WHATWG URL Standard. */
const accepted: [string, string][] = [
  ['https://example.com/landing-page', 'https://example.com/landing-page'],
  ['https://example.com', 'https://example.com/'],
  ['http://example.com:80/', 'http://example.com/'],
  ['https://example.com:443/a', 'https://example.com/a'],
  ['https://example.com:80/', 'https://example.com:80/'],
  ['HTTPS://EXAMPLE.com/Path', 'https://example.com/Path'],
  ['https://example.com/?a=1&b=2#frag', 'https://example.com/?a=1&b=2#frag'],
  ['https://example.com?a', 'https://example.com/?a'],
  ['https://example.com#', 'https://example.com/#'],
  ['https://example.com/?', 'https://example.com/?'],
  ['https://example.com/a/../b/./c', 'https://example.com/b/c'],
  ['https://example.com/a/%2e%2e/b', 'https://example.com/b'],
  ['https://example.com/a%2Fb%20c', 'https://example.com/a%2Fb%20c'],
  ['https://example.com/%zz%', 'https://example.com/%zz%'],
  ['https://example.com//a//b', 'https://example.com//a//b'],
  ['https://example.com\\a\\b', 'https://example.com/a/b'],
  ['https://example.com/a b', 'https://example.com/a%20b'],
  ['https://example.com/?q=a b"<>\'', 'https://example.com/?q=a%20b%22%3C%3E%27'],
  ['https://example.com/é?é#é', 'https://example.com/%C3%A9?%C3%A9#%C3%A9'],
  ['https://example.com/🚀', 'https://example.com/%F0%9F%9A%80'],
  ['https://example.com/\u202e', 'https://example.com/%E2%80%AE'],
  ['https://bücher.de/', 'https://xn--bcher-kva.de/'],
  ['https://BÜCHER.de/', 'https://xn--bcher-kva.de/'],
  ['https://faß.de/', 'https://xn--fa-hia.de/'],
  ['https://日本語.jp/', 'https://xn--wgv71a119e.jp/'],
  ['https://xn--bcher-kva.de/', 'https://xn--bcher-kva.de/'],
  ['https://axn--b.example/', 'https://axn--b.example/'],
  ['https://☃.net/', 'https://xn--n3h.net/'],
  ['https://ｅｘａｍｐｌｅ.com/', 'https://example.com/'],
  ['https://ex%61mple.com/', 'https://example.com/'],
  ['https://exam\u00adple.com/', 'https://example.com/'],
  ['https://example。com/', 'https://example.com/'],
  ['https://example.com./', 'https://example.com./'],
  ['https://localhost:3000/', 'https://localhost:3000/'],
  ['http://intranet/wiki', 'http://intranet/wiki'],
  ['http://a_b.example/', 'http://a_b.example/'],
  ['http://192.168.0.1/', 'http://192.168.0.1/'],
  ['http://0x7f.1/', 'http://127.0.0.1/'],
  ['http://2130706433/', 'http://127.0.0.1/'],
  ['http://0177.0.0.1/', 'http://127.0.0.1/'],
  ['http://[2001:DB8::1]/', 'http://[2001:db8::1]/'],
  ['http://[::ffff:1.2.3.4]/', 'http://[::ffff:102:304]/'],
  ['http://example.com:0/', 'http://example.com:0/'],
  ['http://example.com:65535/', 'http://example.com:65535/'],
  ['http://example.com:00080/', 'http://example.com/'],
  ['http://https://example.com/', 'http://https//example.com/'],
  ['http://example.com:/', 'http://example.com/'],
  ['https://example.com/javascript:alert(1)', 'https://example.com/javascript:alert(1)'],
  ['https://example.com/?u=https://go.example/x', 'https://example.com/?u=https://go.example/x'],
  ['https://example.com/@user:pw', 'https://example.com/@user:pw'],
  ['https://@example.com/', 'https://example.com/'],
  ['https://go.example.org/', 'https://go.example.org/'],
  ['https://sub.go.example/', 'https://sub.go.example/'],
  ['https://go.example:9000/', 'https://go.example:9000/'],
];

const refused: [string, string][] = [
  ['nothing', ''],
  ['a space', ' '],
  ['a word', 'example'],
  ['a host without a scheme', 'example.com'],
  ['a host without a scheme and a path', 'www.example.com/x'],
  ['a relative path', '/x'],
  ['a dot path', '../x'],
  ['a query alone', '?x=1'],
  ['a fragment alone', '#x'],
  ['a scheme-relative URL', '//example.com/'],
  ['backslashes for slashes', 'https:\\\\example.com'],
  ['no slashes', 'https:example.com'],
  ['one slash', 'https:/example.com'],
  ['three slashes', 'https:///example.com'],
  ['a backslash after the slashes', 'https://\\example.com'],
  ['no host', 'https://'],
  ['no host, a query', 'https://?x'],
  ['no host, a port', 'http://:80/'],
  ['a typed-over scheme', 'htps://example.com'],
  ['javascript', 'javascript:alert(1)'],
  ['JavaScript', 'JaVaScRiPt:alert(1)'],
  ['javascript with slashes', 'javascript://example.com/%0Aalert(1)'],
  ['data', 'data:text/html,<script>alert(1)</script>'],
  ['vbscript', 'vbscript:x'],
  ['file', 'file:///etc/passwd'],
  ['blob', 'blob:https://example.com/1'],
  ['view-source', 'view-source:https://example.com/'],
  ['about', 'about:blank'],
  ['ftp', 'ftp://example.com/'],
  ['ws', 'wss://example.com/'],
  ['mailto', 'mailto:a@example.com'],
  ['an app', 'myapp://open'],
  ['a tab inside', 'https://exam\tple.com/'],
  ['a line break inside', 'https://example.com/\n'],
  ['CR LF and a header', 'https://example.com/\r\nSet-Cookie: a=b'],
  ['NUL', 'https://example.com/\0'],
  ['DEL', 'https://example.com/\u007f'],
  ['a C1 control', 'https://example.com/\u0085'],
  ['a space in front', ' https://example.com/'],
  ['a space behind', 'https://example.com/ '],
  ['a no-break space behind', 'https://example.com/\u00a0'],
  ['a byte order mark', '\ufeffhttps://example.com/'],
  ['half a surrogate pair', 'https://example.com/\ud800'],
  ['a user', 'https://user@example.com/'],
  ['a user and password', 'https://user:pw@example.com/'],
  ['a password alone', 'https://:pw@example.com/'],
  ['a site dressed up as another', 'https://bank.example%2F@evil.example/'],
  ['a space in the host', 'https://exam ple.com/'],
  ['a forbidden character in the host', 'https://exa<mple.com/'],
  ['an escaped slash in the host', 'https://exa%2Fmple.com/'],
  ['a caret in the host', 'https://a^b/'],
  ['an unclosed address', 'http://[::1/'],
  ['a bad IPv6 address', 'http://[:::1]/'],
  ['an IPv6 zone', 'http://[fe80::1%25eth0]/'],
  ['too large an IPv4 address', 'http://256.256.256.256/'],
  ['a number too large for IPv4', 'http://4294967296/'],
  ['a bad IPv4 ending', 'http://foo.0x/'],
  ['a port too large', 'http://example.com:65536/'],
  ['a port that is none', 'http://example.com:8a/'],
  ['a negative port', 'http://example.com:-1/'],
  ['broken Punycode', 'https://xn--a/'],
  ['empty Punycode', 'https://www.xn--/'],
  ['Punycode of a forbidden character', 'https://xn--1ug/'],
  ['a soft hyphen as the host', 'https://\u00ad/'],
  ['the server itself', 'https://go.example/abc'],
  ['the server in upper case', 'https://GO.EXAMPLE/'],
  ['the server with a root dot', 'https://go.example./'],
  ['the server over http', 'http://go.example:80/x'],
  ['the server in fullwidth', 'https://ｇｏ.example/'],
  ['the server at its port', 'https://go.example:8443/'],
  ['the server in Unicode', 'https://bücher.example/'],
  ['the server by a strange address', 'http://0x7f.1:8787/'],
  ['the server by IPv6', 'http://[0:0:0:0:0:0:0:1]:8787/'],
  ['the server after a backslash', 'https://go.example\\@example.com/'],
];

describe('parseDestination', () => {
  for (const [given, stored] of accepted) {
    it(`stores ${JSON.stringify(given)} as ${stored}`, () => {
      assert.equal(parse(given), stored);
      assert.equal(parse(stored), stored);
      assert.equal(deep(given), stored);
    });
  }

  for (const [what, given] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => parse(given), isInvalidUrl('destinationUrl')));
  }

  it('takes exactly 8,192 bytes, as given and as stored', () => {
    const base = 'https://example.com/';
    const longest = base + 'a'.repeat(maxUrlBytes - base.length);
    assert.equal(parse(longest), longest);
    assert.throws(() => parse(`${longest}a`), /longer than 8192 bytes$/);
    assert.throws(() => parse(`${base}${'é'.repeat(4090)}`), /longer than 8192 bytes$/);
    assert.throws(() => parse(`${base}${'é'.repeat(2000)}`), /bytes once percent-encoded$/);
    assert.throws(() => parse(`${base}${'a'.repeat(1_000_000)}`), isInvalidUrl('destinationUrl'));
  });

  it('lets credentials through where they are allowed', () => {
    assert.equal(
      parseDestination('https://u:p@example.com/', 'x', { ...rules, allowCredentials: true }),
      'https://u:p@example.com/',
    );
    assert.throws(() => parseDestination('https://u:p@go.example/', 'x', { ...rules, allowCredentials: true }));
  });

  it('is a browser-ready header, and stable, whatever it accepts', () => {
    const pieces = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string({ unit: 'binary', maxLength: 20 }).map((tail) => `https://example.com/${tail}`),
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((host) => `http://${host}/`),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    fc.assert(
      fc.property(pieces, (text) => {
        let stored: string;
        try {
          stored = parse(text);
        } catch (error) {
          assert.ok(isInvalidUrl('destinationUrl')(error));
          return;
        }
        assert.equal(stored, new URL(text).href);
        assert.match(stored, /^https?:\/\/[\x21-\x7e]+$/);
        assert.equal(parse(stored), stored);
        validateHeaderValue('Location', stored);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseDeepLink', () => {
  const links = [
    'myapp://open/item?id=1#x',
    'myapp://',
    'myapp:open',
    'fb://profile/1',
    'itms-apps://itunes.apple.com/app/id1',
    'market://details?id=com.example',
    'whatsapp://send?text=Hello%20World',
    'intent://scan/#Intent;scheme=zxing;package=com.example;end',
    'mailto:a@example.com?subject=hi',
    'tel:+4912345',
    'sms:+123?body=hi%20there',
    'app:opaque path',
    'geo:48.2,16.3',
    'https://apps.apple.com/app/myapp',
  ];
  for (const link of links) it(`accepts ${link}`, () => assert.equal(deep(link), link));

  const bad = [
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'java\nscript:x',
    '\u0001javascript:x',
    '\u00a0javascript:x',
    'javascript\u200b:x',
    'javascript%3Aalert(1)',
    'javascript&colon;x',
    'data:text/html,x',
    'DATA:,x',
    'vbscript:x',
    'file:///etc/passwd',
    'file:x',
    'blob:null/1',
    'view-source:https://x',
    'about:blank',
    'filesystem:https://x/',
    'intent://x#Intent;scheme=javascript;end',
    'INTENT://x#Intent;SCHEME=File;end',
    '',
    'x',
    '/x',
    '//example.com',
    'C:\\x',
    ':x',
    '1app://x',
    'my app://x',
    'https://',
    'https:example.com',
    'myapp://a\0',
    'myapp://a\r\nX: y',
    'myapp://a ',
    'myapp://a\ud800',
    'myapp://u:p@host/',
    'https://go.example/x',
  ];
  for (const link of bad) {
    it(`refuses ${JSON.stringify(link)}`, () => assert.throws(() => deep(link), isInvalidUrl('iosUrl')));
  }

  it('never lets a forbidden scheme through, however it is dressed up', () => {
    const scheme = fc.constantFrom('javascript', 'data', 'vbscript', 'file', 'blob', 'view-source', 'about');
    const noise = fc.string({
      unit: fc.constantFrom(' ', '\t', '\n', '\0', '\u0085', '\u00a0', '\ufeff', ''),
      maxLength: 2,
    });
    fc.assert(
      fc.property(scheme, fc.nat(), noise, noise, noise, fc.string(), (name, at, before, inside, after, rest) => {
        const cut = at % name.length;
        const text = `${before}${name.slice(0, cut).toUpperCase()}${inside}${name.slice(cut)}${after}:${rest}`;
        assert.throws(() => deep(text), isInvalidUrl('iosUrl'));
      }),
    );
  });

  it('is a valid header, whatever it accepts', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('myapp:', 'myapp://', 'tel:', 'intent://'),
        fc.string({ unit: 'binary' }),
        (scheme, rest) => {
          let stored: string;
          try {
            stored = deep(scheme + rest);
          } catch (error) {
            assert.ok(isInvalidUrl('iosUrl')(error));
            return;
          }
          validateHeaderValue('Location', stored);
          assert.match(stored, /^[\x20-\x7e]+$/);
        },
      ),
    );
  });
});
