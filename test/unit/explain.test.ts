// Explanations: one rule decides, it is the one that `decide` goes by, and the rules stand in the documented order.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { explain, explainedRules } from '../../src/links/explain.ts';
import { parseNewLink } from '../../src/links/link-input.ts';
import { decide, type Link, type LinkVisitor } from '../../src/links/link.ts';

const now = Date.UTC(2026, 5, 1, 12);
const context = { now: now - 1, reserved: new Set<string>(), ownHosts: () => false };
const to = 'https://example.com/';

/** What callers can set of what decides; what they leave out is as in any new link. */
const fields = fc.record(
  {
    expiresAt: fc.constantFrom(now, now + 1).map((time) => new Date(time).toISOString()),
    expiredUrl: fc.constant(`${to}over`),
    oneTime: fc.boolean(),
    clickLimit: fc.integer({ min: 1, max: 3 }),
    iosUrl: fc.constant('app://ios'),
    androidUrl: fc.constant('app://android'),
    geoTargets: fc.constantFrom({ US: `${to}us` }, { US: `${to}us`, DE: `${to}de` }),
    deviceTargets: fc.constantFrom({ mobile: `${to}m` }, { desktop: `${to}d`, tablet: `${to}t` }),
    ogTitle: fc.constant('Card'),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const links: fc.Arbitrary<Link> = fc
  .record({ fields, isArchived: fc.boolean(), isLocked: fc.boolean() })
  .map(({ fields: given, isArchived, isLocked }) => {
    const link = parseNewLink({ destinationUrl: to, ...given }, context);
    return { ...link, isArchived, passwordHash: isLocked ? 'h' : null } as unknown as Link;
  });
const visits = fc.record({
  visitor: fc.record<LinkVisitor>({
    platform: fc.constantFrom('ios', 'android', null),
    device: fc.constantFrom('desktop', 'mobile', 'tablet', 'tv', 'bot', 'unknown'),
    country: fc.constantFrom('US', 'DE', 'FR', null).map((country) => () => country),
    unlocked: fc.boolean(),
  }),
  isPreviewCrawler: fc.boolean(),
  time: fc.constantFrom(now - 1, now, now + 1),
  consumed: fc.nat(3),
});

describe('an explanation', () => {
  it('has one rule that decides, the last one, after all that were asked before it', () => {
    fc.assert(
      fc.property(links, visits, (link, visit) => {
        const { rules } = explain(link, visit);
        assert.deepEqual(
          rules.map(({ rule }) => rule),
          explainedRules.slice(0, rules.length),
        );
        assert.deepEqual(
          rules.map(({ decides }) => decides),
          rules.map((_, position) => position === rules.length - 1),
        );
        for (const { why } of rules) assert.match(why, /^[a-z0-9].*[^.]$/);
      }),
    );
  });

  it('is decided by the rule that visits are decided by', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(links, visits, (link, visit) => {
        const { decision, rules } = explain(link, visit);
        const deciding = rules.at(-1)!.rule;
        met.add(deciding);
        const limit = link.oneTime ? 1 : (link.clickLimit ?? Infinity);
        const real = decide(link, visit.visitor, visit.time, visit.consumed >= limit);
        if (decision.kind === 'card') {
          assert.equal(deciding, 'card');
          assert.ok(real.kind === 'redirect' && visit.isPreviewCrawler && link.og.title !== null);
          assert.equal(link.passwordHash, null);
          return;
        }
        assert.deepEqual(decision, real);
        if (decision.kind === 'redirect') assert.equal(deciding, decision.target.split(':', 1)[0]);
        else assert.equal(deciding, decision.kind === 'gone' ? decision.reason : decision.kind);
      }),
      { numRuns: 2_000 },
    );
    assert.deepEqual([...met].toSorted(), explainedRules.toSorted(), 'every rule was met');
  });
});
