// Why a visit would get what it gets: every rule in the documented order, whether it applies, and the one that decides.
// Asks `decide` itself, so that the explanation cannot differ from what happens.

import {
  clickLimitOf,
  type Decision,
  decide,
  hasCard,
  isExpired,
  type Link,
  type LinkVisitor,
  targetDeviceOf,
} from './link.ts';

/** Every rule, in the order in which they are asked. */
export const explainedRules = [
  'archived',
  'expired',
  'used_up',
  'password',
  'card',
  'ios',
  'android',
  'geo',
  'device',
  'destination',
] as const;

export interface ExplainedRule {
  readonly rule: (typeof explainedRules)[number];
  /** Whether this rule decides. Rules after the one that does are not asked any more. */
  readonly decides: boolean;
  /** One sentence for people. */
  readonly why: string;
}

export interface Explanation {
  /** Of a redirect: unless the visitor is shown the card instead. */
  readonly decision: Decision | { readonly kind: 'card' };
  readonly rules: readonly ExplainedRule[];
}

interface ExplainedVisit {
  readonly visitor: LinkVisitor;
  /** Whether it is a crawler that makes previews of links. */
  readonly isPreviewCrawler: boolean;
  /** Unix milliseconds. */
  readonly time: number;
  /** Clicks that have used up some of a limit. Not the total: what was used up stays so when a click turns out to be none. */
  readonly consumed: number;
}

type Rule = readonly [rule: ExplainedRule['rule'], applies: boolean, why: string];

const iso = (time: number): string => new Date(time).toISOString();

function stateRules(link: Link, { visitor, time, consumed }: ExplainedVisit): Rule[] {
  const limit = clickLimitOf(link);
  return [
    ['archived', link.isArchived, link.isArchived ? 'the link is archived' : 'the link is not archived'],
    [
      'expired',
      isExpired(link, time),
      link.expiresAt === null
        ? 'the link never expires'
        : `the link works until ${iso(link.expiresAt)}, asked is ${iso(time)}`,
    ],
    [
      'used_up',
      limit > 0 && consumed >= limit,
      limit === 0 ? 'the link has no click limit' : `${consumed} of ${limit} clicks are used`,
    ],
    [
      'password',
      link.passwordHash !== null && !visitor.unlocked,
      link.passwordHash === null ? 'the link has no password' : 'the link asks for its password first',
    ],
  ];
}

function cardRule(link: Link, isPreviewCrawler: boolean): Rule {
  if (!hasCard(link)) return ['card', false, 'the link has no og fields to make a card of'];
  if (!isPreviewCrawler) return ['card', false, 'the visitor is no link-preview crawler'];
  return ['card', true, 'link-preview crawlers are shown the card of the link'];
}

function deepLinkRule(name: 'ios' | 'android', url: string | null, { platform }: LinkVisitor): Rule {
  const field = `${name}Url`;
  if (url === null) return [name, false, `the link has no ${field}`];
  return [
    name,
    platform === name,
    platform === name ? `the device can open ${field}` : `the device does not run ${name}`,
  ];
}

function geoRule({ geoTargets }: Link, visitor: LinkVisitor): Rule {
  if (geoTargets === null) return ['geo', false, 'the link has no geoTargets'];
  const country = visitor.country();
  if (country === null) return ['geo', false, 'the country is unknown'];
  const applies = Object.hasOwn(geoTargets, country);
  return ['geo', applies, applies ? `geoTargets has ${country}` : `geoTargets has nothing for ${country}`];
}

function deviceRule({ deviceTargets }: Link, visitor: LinkVisitor): Rule {
  if (deviceTargets === null) return ['device', false, 'the link has no deviceTargets'];
  const device = targetDeviceOf(visitor.device);
  if (device === undefined) return ['device', false, `no device target serves "${visitor.device}"`];
  const applies = deviceTargets[device] !== undefined;
  return ['device', applies, applies ? `deviceTargets has ${device}` : `deviceTargets has nothing for ${device}`];
}

export function explain(link: Link, visit: ExplainedVisit): Explanation {
  const { visitor, isPreviewCrawler, time, consumed } = visit;
  const limit = clickLimitOf(link);
  const asked: Rule[] = [
    ...stateRules(link, visit),
    cardRule(link, isPreviewCrawler),
    deepLinkRule('ios', link.iosUrl, visitor),
    deepLinkRule('android', link.androidUrl, visitor),
    geoRule(link, visitor),
    deviceRule(link, visitor),
    ['destination', true, 'nothing before applies'],
  ];
  const deciding = asked.findIndex(([, applies]) => applies);
  const decision = decide(link, visitor, time, limit > 0 && consumed >= limit);
  const isCard = decision.kind === 'redirect' && isPreviewCrawler && hasCard(link);
  return {
    decision: isCard ? { kind: 'card' } : decision,
    rules: asked.slice(0, deciding + 1).map(([rule, applies, why]) => ({ rule, decides: applies, why })),
  };
}
