// What is known of a hit beyond what is stored of it: its country's facts, its browser's engine, the parts of versions.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentDetails, isLinux, nameWithVersion, versionParts } from '../../src/clicks/agent-details.ts';
import { countryFacts } from '../../src/clicks/country-facts.ts';
import { countryCodes } from '../../src/links/country-codes.ts';

describe('the facts of a country', () => {
  it('are its English name, continent and currency', () => {
    assert.deepEqual(countryFacts('US'), { name: 'United States', continent: 'NA', currency: 'USD' });
    assert.deepEqual(countryFacts('JP'), { name: 'Japan', continent: 'AS', currency: 'JPY' });
    assert.deepEqual(countryFacts('XK'), { name: 'Kosovo', continent: 'EU', currency: 'EUR' });
    assert.deepEqual(countryFacts('AQ'), { name: 'Antarctica', continent: 'AN', currency: null });
  });

  it('are known of every country that a link can name', () => {
    for (const code of countryCodes) assert.match(countryFacts(code)?.currency ?? 'AAA', /^[A-Z]{3}$/, code);
    assert.deepEqual(
      [...countryCodes].filter((code) => countryFacts(code) === undefined),
      [],
    );
  });

  it('are not those of what only looks like a code', () => {
    for (const code of ['', 'XX', 'us', 'EU', 'toString', '__proto__', 'unknown'])
      assert.equal(countryFacts(code), undefined, code);
  });
});

describe('the details of a browser', () => {
  const blink = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0';
  const engines: [engine: string | null, maker: string | null, model: string | null, header: string][] = [
    ['Blink', null, null, `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Safari/537.36`],
    ['Blink', 'Samsung', 'SM-X700', `Mozilla/5.0 (Linux; Android 13; SM-X700) ${blink} Safari/537.36`],
    ['Gecko', null, null, 'Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0'],
    [
      'WebKit',
      'Apple',
      'iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
    ],
    ['Trident', null, null, 'Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko'],
    ['Presto', null, null, 'Opera/9.80 (X11; Linux i686) Presto/2.12.388 Version/12.16'],
    [null, null, null, ''],
  ];
  for (const [engine, maker, model, header] of engines) {
    it(`are engine ${engine}, maker ${maker} and model ${model}: ${header.slice(0, 60)}`, () => {
      const details = agentDetails(header);
      assert.deepEqual([details.engine, details.maker, details.model], [engine, maker, model]);
      // Read once.
      assert.equal(agentDetails(header), details);
    });
  }

  it('have versions of three parts at most', () => {
    assert.deepEqual(versionParts('80.0.3987.163'), { text: '80.0.3987', major: '80', minor: '0', patch: '3987' });
    assert.deepEqual(versionParts('10'), { text: '10', major: '10', minor: '0', patch: '0' });
    assert.deepEqual(versionParts(null), { text: '', major: '', minor: '', patch: '' });
    assert.equal(nameWithVersion('Chrome', versionParts('80.0.3987.163')), 'Chrome 80.0.3987');
    assert.equal(nameWithVersion('Chrome', versionParts(null)), 'Chrome');
    assert.equal(nameWithVersion(null, versionParts(null)), '');
  });

  it('tell a Linux by its names, which Android does not have', () => {
    for (const os of ['Linux', 'Ubuntu', 'Fedora', 'openSUSE']) assert.ok(isLinux(os), os);
    for (const os of ['Android', 'ChromeOS', 'Windows', 'macOS', null]) assert.ok(!isLinux(os), String(os));
  });
});
