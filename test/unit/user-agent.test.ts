// Devices, browsers, systems and programs, from headers as they are sent.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { maxUserAgentLength, type UserAgent, UserAgents } from '../../src/clicks/user-agent.ts';
import { bots, people, previews } from '../support/user-agent-headers.ts';

const named = (name: string | null, version: string | null) => (version === null ? name : `${name} ${version}`);
const userAgents = new UserAgents();

describe('people', () => {
  for (const [header, device, browser, os, platform] of people) {
    it(`knows ${browser} on ${os}, ${device}: ${header.slice(-50)}`, () => {
      const parsed = userAgents.parse(header);
      assert.deepEqual(
        [
          parsed.device,
          named(parsed.browser, parsed.browserVersion),
          named(parsed.os, parsed.osVersion),
          parsed.platform,
          parsed.automation,
        ],
        [device, browser, os, platform, null],
      );
      assert.equal(parsed.text, header);
    });
  }
});

describe('programs', () => {
  for (const [automation, headers] of [
    ['preview', previews],
    ['bot', bots],
  ] as const) {
    for (const header of headers) {
      it(`takes as ${automation}: ${header.slice(0, 90)}`, () => {
        const parsed = userAgents.parse(header);
        assert.deepEqual([parsed.automation, parsed.device, parsed.platform], [automation, 'bot', null]);
      });
    }
  }

  it('takes no header, or an empty one, as a bot on an unknown device', () => {
    const expected: UserAgent = {
      text: '',
      device: 'unknown',
      browser: null,
      browserVersion: null,
      os: null,
      osVersion: null,
      platform: null,
      automation: 'bot',
    };
    assert.deepEqual(userAgents.parse(undefined), expected);
    assert.equal(userAgents.parse(''), userAgents.parse(undefined));
  });
});

describe('UserAgents.parse', () => {
  it('returns the same frozen object for the same header', () => {
    const header = people[0]![0];
    assert.equal(userAgents.parse(header), userAgents.parse(Buffer.from(header).toString()));
    assert.ok(Object.isFrozen(userAgents.parse(header)));
  });

  it('forgets, but never holds more than its capacity, and parses again to the same', () => {
    const small = new UserAgents(4);
    const before = small.parse(people[0]![0]);
    for (const [header] of people.slice(1, 20)) small.parse(header);
    assert.deepEqual(small.parse(people[0]![0]), before);
    assert.notEqual(small.parse(people[0]![0]), before);
  });

  it("spells names one way whatever the header's case", () => {
    const spelled = [people[0]![0], people[9]![0], people[30]![0]];
    for (const header of spelled) {
      for (const variant of [header.toUpperCase(), header.toLowerCase()]) {
        assert.deepEqual(
          [userAgents.parse(variant).browser, userAgents.parse(variant).os],
          [userAgents.parse(header).browser, userAgents.parse(header).os],
          variant,
        );
      }
    }
  });

  it('cuts a header before it parses it, so that its end neither matters nor costs', () => {
    const start = people[0]![0];
    const filler = `${start} ${'x'.repeat(maxUserAgentLength)}`;
    const parsed = userAgents.parse(`${filler} iPhone`);
    assert.equal(parsed.text.length, maxUserAgentLength);
    assert.equal(parsed, userAgents.parse(`${filler} Googlebot ${'y'.repeat(15_000)}`));
    assert.equal(parsed.device, 'desktop');
  });

  it('survives hostile headers of 16 kB', () => {
    const repeated = [
      '(',
      'Android ',
      'Mozilla/5.0 (',
      'iphone os ',
      'a;',
      '; ',
      'Safari/',
      'version/ mobile/',
      '\u00ff',
      '\0',
      '1.',
      'opera version/',
      'mac os x_',
      'KHTML, like Gecko) ',
      'windows nt ',
      'bot',
      'compatible; ',
      '%00',
      '<script>',
      '\ud800',
    ];
    for (const text of repeated) {
      const parsed = userAgents.parse(text.repeat(Math.ceil(16_384 / text.length)));
      assert.ok(parsed.text.length <= maxUserAgentLength);
      for (const name of [parsed.browser, parsed.os]) assert.ok((name ?? '').length <= 64);
      for (const version of [parsed.browserVersion, parsed.osVersion]) assert.ok((version ?? '').length <= 32);
    }
  });
});
