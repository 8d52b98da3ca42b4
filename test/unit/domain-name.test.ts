import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../../src/core/errors.ts';
import { parseDomainName } from '../../src/domains/domain-name.ts';

const rules = { ownHosts: (name: string) => name === 'short.example' };
const parse = (text: string): Promise<string> => parseDomainName(text, rules);

async function assertRefused(text: string, reason: RegExp): Promise<void> {
  await assert.rejects(parse(text), (error) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'VALIDATION_ERROR');
    assert.equal(error.details[0]?.path, 'domain');
    assert.match(error.message, reason);
    return true;
  });
}

const label63 = 'a'.repeat(63);
const labels = (length: number): string => `${label63}.${label63}.${label63}.${'b'.repeat(length - 3 * 64 - 4)}.com`;

describe('a name that may be a domain', () => {
  const good: [given: string, stored: string][] = [
    ['go.example.com', 'go.example.com'],
    ['GO.Example.COM', 'go.example.com'],
    ['go.example.com.', 'go.example.com'],
    // Inside a company, where no public suffix is known.
    ['go.corp', 'go.corp'],
    ['1.example', '1.example'],
    ['a--b.example', 'a--b.example'],
    ['x.github.io', 'x.github.io'],
    ['example.co.uk', 'example.co.uk'],
    ['www.ck', 'www.ck'],
    // IDNA, as browsers write it.
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['faß.de', 'xn--fa-hia.de'],
    ['i❤.ws', 'xn--i-7iq.ws'],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['ｇｏ.example', 'go.example'],
    ['u\u0308ber.example', 'xn--ber-goa.example'],
    [labels(243), labels(243)],
  ];
  for (const [given, stored] of good) {
    it(`is ${given.slice(0, 40)}`, async () => assert.equal(await parse(given), stored));
  }

  it('is stored the same way when it is given as it is stored', async () => {
    for (const [, stored] of good) assert.equal(await parse(stored), stored);
  });
});

describe('what is no domain', () => {
  const bad: [given: string, reason: RegExp][] = [
    ['', /is empty/],
    [' ', /is empty/],
    ['https://go.example', /without https:/],
    ['ftp://go.example', /scheme/],
    ['//go.example', /without a path/],
    ['go.example/', /without a path/],
    ['go.example\\x', /without a path/],
    ['go.example?x', /without a path/],
    ['go.example#x', /without a path/],
    ['user@go.example', /without a user name/],
    ['go.example:443', /without a port/],
    ['go.example:', /without a port/],
    ['go example.com', /contains a space/],
    [' go.example', /contains a space/],
    ['*.example.com', /wildcard/],
    ['ex%61mple.com', /contains a %/],
    ['go.\u0000example', /NUL/],
    ['go.\nexample', /control character/],
    ['\ud800.example', /surrogate/],
    // Addresses, in every form that a URL parser takes for one.
    ['127.0.0.1', /IP address/],
    ['127.1', /IP address/],
    ['0x7f.1', /IP address/],
    ['0177.0.0.1', /IP address/],
    ['2130706433', /IP address/],
    ['１２７.０.０.１', /IP address/],
    ['127。0。0。1', /IP address/],
    ['::1', /IP address/],
    ['[::1]', /IP address/],
    ['::ffff:127.0.0.1', /IP address/],
    ['1.2.3.4.', /IP address/],
    ['1.2.3.4.5', /not a valid name/],
    ['go.123', /not a valid name/],
    ['go.0x1', /not a valid name/],
    // Shapes.
    ['example', /two parts/],
    ['localhost', /two parts/],
    ['go.localhost', /this computer/],
    ['.go.example', /empty part/],
    ['go..example', /empty part/],
    ['go.example..', /empty part/],
    ['.', /not a valid name|empty part/],
    ['\u00ad.example', /empty part|not a valid name/],
    ['_signpost.example.com', /unlike "_signpost"/],
    ['a_b.example', /unlike "a_b"/],
    ['-a.example', /unlike "-a"/],
    ['a-.example', /unlike "a-"/],
    [`${'a'.repeat(64)}.example`, /longer than 63/],
    [`${'ü'.repeat(60)}.example`, /longer than 63/],
    [labels(244), /longer than 243/],
    ['xn--a.example', /Punycode/],
    ['xn--zzzzzz.example', /Punycode/],
    ['xn--.example', /Punycode|unlike/],
    ['xn--bcher-kva8445foa.xn--a', /Punycode/],
    // Names below these belong to strangers.
    ['co.uk', /public suffix/],
    ['CO.UK.', /public suffix/],
    ['github.io', /public suffix/],
    ['duckdns.org', /public suffix/],
    ['foo.ck', /public suffix/],
    ['公司.cn', /public suffix/],
    ['in-addr.arpa', /public suffix/],
    // Our own.
    ['short.example', /own names/],
    ['SHORT.example.', /own names/],
  ];
  for (const [given, reason] of bad) it(JSON.stringify(given.slice(0, 40)), () => assertRefused(given, reason));

  it('is never anything but a plain error, and what passes is a plain name', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.domain(),
      fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 5 }).map((parts) => parts.join('.')),
      fc.webUrl(),
      fc.ipV4Extended(),
      fc.ipV6(),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const stored = await parse(text).catch((error: unknown) => {
          assert.ok(error instanceof AppError && error.code === 'VALIDATION_ERROR', String(error));
          return undefined;
        });
        if (stored === undefined) return;
        assert.match(stored, /^(?=.{3,243}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/);
        assert.equal(new URL(`http://${stored}/`).hostname, stored);
        assert.equal(await parse(stored), stored);
      }),
      { numRuns: 500 },
    );
  });
});
