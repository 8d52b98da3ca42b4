// What one visit to a link gets: the documented order, for every kind of link and visitor.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  decide,
  type Decision,
  type HotLink,
  isExpired,
  type LinkVisitor,
  targetDeviceOf,
} from '../../src/links/link.ts';

const now = Date.UTC(2026, 5, 1, 12);

const plain: HotLink = {
  isArchived: false,
  expiresAt: null,
  expiredUrl: null,
  passwordHash: null,
  iosUrl: null,
  androidUrl: null,
  geoTargets: null,
  deviceTargets: null,
  destinationUrl: 'https://example.com/',
};
const full: HotLink = {
  ...plain,
  expiredUrl: 'https://example.com/over',
  iosUrl: 'app://ios',
  androidUrl: 'app://android',
  geoTargets: { US: 'https://example.com/us', DE: 'https://example.com/de' },
  deviceTargets: { desktop: 'https://example.com/d', mobile: 'https://example.com/m', tablet: 'https://example.com/t' },
};

function visitor(change: Partial<LinkVisitor> & { from?: string | null } = {}): LinkVisitor {
  const { from = null, ...rest } = change;
  return { platform: null, device: 'desktop', country: () => from, unlocked: false, ...rest };
}

const redirect = (url: string, target: string): Decision => ({ kind: 'redirect', url, target }) as Decision;
const toDestination = redirect('https://example.com/', 'destination');

const table: [string, HotLink, LinkVisitor, Decision][] = [
  ['a plain link leads to its destination', plain, visitor(), toDestination],
  [
    'iosUrl comes before the country',
    full,
    visitor({ platform: 'ios', from: 'US', device: 'mobile' }),
    redirect('app://ios', 'ios'),
  ],
  [
    'androidUrl comes before the country',
    full,
    visitor({ platform: 'android', from: 'US', device: 'tablet' }),
    redirect('app://android', 'android'),
  ],
  [
    'the country comes before the device',
    full,
    visitor({ from: 'DE', device: 'mobile' }),
    redirect('https://example.com/de', 'geo:DE'),
  ],
  [
    'the device comes before the destination',
    full,
    visitor({ from: 'FR', device: 'mobile' }),
    redirect('https://example.com/m', 'device:mobile'),
  ],
  [
    'an unknown country falls to the device',
    full,
    visitor({ device: 'tablet' }),
    redirect('https://example.com/t', 'device:tablet'),
  ],
  ['nothing that fits is the destination', full, visitor({ from: 'FR', device: 'unknown' }), toDestination],
  [
    'iOS without an iosUrl goes on',
    { ...full, iosUrl: null },
    visitor({ platform: 'ios', from: 'US' }),
    redirect('https://example.com/us', 'geo:US'),
  ],
  [
    'Android is not sent to the iosUrl',
    { ...plain, iosUrl: 'app://ios' },
    visitor({ platform: 'android' }),
    toDestination,
  ],
  [
    'a tablet does not get the mobile target',
    { ...plain, deviceTargets: { mobile: 'https://m.example/' } },
    visitor({ device: 'tablet' }),
    toDestination,
  ],
  ['a lower-case country is none of ours', full, visitor({ from: 'us', device: 'bot' }), toDestination],
  [
    'a country named like a prototype key is none',
    full,
    visitor({ from: 'constructor', device: 'bot' }),
    toDestination,
  ],
  ['a device named like a prototype key is none', full, visitor({ device: '__proto__' }), toDestination],
  [
    'a locked link asks for its password',
    { ...full, passwordHash: 'h' },
    visitor({ platform: 'ios' }),
    { kind: 'password' },
  ],
  [
    'an unlocked link goes on to its target',
    { ...full, passwordHash: 'h' },
    visitor({ platform: 'ios', unlocked: true }),
    redirect('app://ios', 'ios'),
  ],
];

describe('decide', () => {
  for (const [name, link, who, expected] of table) {
    it(name, () => assert.deepEqual(decide(link, who, now), expected));
  }

  it('puts archived before expired before used up before the password', () => {
    const worst: HotLink = { ...full, isArchived: true, expiresAt: now - 1, passwordHash: 'h' };
    const over = 'https://example.com/over';
    assert.deepEqual(decide(worst, visitor(), now, true), { kind: 'gone', reason: 'archived', redirectTo: null });
    const live = { ...worst, isArchived: false };
    assert.deepEqual(decide(live, visitor(), now, true), { kind: 'gone', reason: 'expired', redirectTo: over });
    const timely = { ...live, expiresAt: null };
    assert.deepEqual(decide(timely, visitor(), now, true), { kind: 'gone', reason: 'used_up', redirectTo: over });
    assert.deepEqual(decide(timely, visitor(), now), { kind: 'password' });
  });

  it('ends a link at its millisecond, and not before', () => {
    const link = { ...plain, expiresAt: now };
    assert.equal(decide(link, visitor(), now - 1).kind, 'redirect');
    assert.deepEqual(decide(link, visitor(), now), { kind: 'gone', reason: 'expired', redirectTo: null });
    assert.equal(isExpired(link, now), true);
    assert.equal(isExpired(plain, Number.MAX_SAFE_INTEGER), false);
  });

  it('looks the country up only where it matters', () => {
    const country = (): string | null => assert.fail('looked up');
    decide(plain, { ...visitor(), country }, now);
    decide(full, { ...visitor({ platform: 'ios' }), country }, now);
    decide({ ...full, isArchived: true }, { ...visitor(), country }, now);
    decide({ ...full, passwordHash: 'h' }, { ...visitor(), country }, now);
  });

  const devices: [string, string | undefined][] = [
    ['desktop', 'desktop'],
    ['tv', 'desktop'],
    ['console', 'desktop'],
    ['mobile', 'mobile'],
    ['wearable', 'mobile'],
    ['tablet', 'tablet'],
    ['bot', undefined],
    ['unknown', undefined],
    ['', undefined],
  ];
  for (const [device, target] of devices) {
    it(`gives ${device || 'no device'} the ${target ?? 'destination'}`, () =>
      assert.equal(targetDeviceOf(device), target));
  }
});

const url = fc.option(fc.constantFrom('https://a.example/', 'https://b.example/'), { nil: null });
const links: fc.Arbitrary<HotLink> = fc.record(
  {
    isArchived: fc.boolean(),
    expiresAt: fc.option(fc.integer({ min: now - 2, max: now + 2 }), { nil: null }),
    expiredUrl: url,
    passwordHash: fc.option(fc.constant('h'), { nil: null }),
    iosUrl: url,
    androidUrl: url,
    geoTargets: fc.option(
      fc.dictionary(fc.constantFrom('US', 'DE'), fc.webUrl(), { minKeys: 1, noNullPrototype: true }),
      { nil: null },
    ),
    deviceTargets: fc.option(
      fc.record(
        { desktop: fc.webUrl(), mobile: fc.webUrl(), tablet: fc.webUrl() },
        { requiredKeys: [], noNullPrototype: true },
      ),
      { nil: null },
    ),
    destinationUrl: fc.webUrl(),
  },
  { noNullPrototype: true },
);
const visitors: fc.Arbitrary<LinkVisitor> = fc.record({
  platform: fc.constantFrom('ios', 'android', null),
  device: fc.oneof(fc.constantFrom('desktop', 'mobile', 'tablet', 'tv', 'console', 'wearable', 'bot', ''), fc.string()),
  country: fc.oneof(fc.constantFrom('US', 'DE', 'FR', null), fc.string()).map((country) => () => country),
  unlocked: fc.boolean(),
});

describe('for every link and visitor', () => {
  it('there is one decision, and its URL is one of the link', () => {
    fc.assert(
      fc.property(links, visitors, fc.boolean(), (link, who, usedUp) => {
        const decision = decide(link, who, now, usedUp);
        const isOver = link.isArchived || usedUp || (link.expiresAt !== null && link.expiresAt <= now);
        assert.equal(decision.kind === 'gone', isOver);
        assert.equal(decision.kind === 'password', !isOver && link.passwordHash !== null && !who.unlocked);
        if (decision.kind !== 'redirect') return;
        const [kind, key = ''] = decision.target.split(':');
        const named: Record<string, string | null | undefined> = {
          ios: link.iosUrl,
          android: link.androidUrl,
          geo: link.geoTargets?.[key],
          device: link.deviceTargets?.[key as 'mobile'],
          destination: link.destinationUrl,
        };
        assert.equal(decision.url, named[kind!]);
      }),
    );
  });

  it('the URL is that of the first target, in the documented order, which the link has and the visitor fits', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(links, visitors, (given, who) => {
        const link = { ...given, isArchived: false, expiresAt: null, passwordHash: null };
        const country = who.country();
        const own = <T extends object>(targets: T | null, key: string): string | undefined =>
          new Map(Object.entries(targets ?? {})).get(key) as string | undefined;
        const deviceOf: Record<string, string> = { tv: 'desktop', console: 'desktop', wearable: 'mobile' };
        const device = own(deviceOf, who.device) ?? who.device;
        const inOrder: [target: string, url: string | null | undefined][] = [
          ['ios', who.platform === 'ios' ? link.iosUrl : null],
          ['android', who.platform === 'android' ? link.androidUrl : null],
          [`geo:${country}`, country === null ? null : own(link.geoTargets, country)],
          [`device:${device}`, own(link.deviceTargets, device)],
          ['destination', link.destinationUrl],
        ];
        const [target, url] = inOrder.find(([, one]) => one !== null && one !== undefined)!;
        met.add(target.split(':', 1)[0]!);
        assert.deepEqual(decide(link, who, now), { kind: 'redirect', url, target });
      }),
      { numRuns: 1_000 },
    );
    assert.equal(met.size, 5, [...met].join());
  });

  it('the decision is the same when it is made again, and leaves the link as it was', () => {
    fc.assert(
      fc.property(links, visitors, fc.boolean(), (link, who, usedUp) => {
        const before = structuredClone(link);
        assert.deepEqual(decide(link, who, now, usedUp), decide(link, who, now, usedUp));
        assert.deepEqual(link, before);
      }),
    );
  });
});
