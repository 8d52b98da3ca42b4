// What a link is, and what one visit to it gets: a pure decision, cheap enough to be made for every click.

import type { Utm } from './query.ts';

export const redirectStatuses = [301, 302, 307, 308] as const;
export type RedirectStatus = (typeof redirectStatuses)[number];

export const targetDevices = ['desktop', 'mobile', 'tablet'] as const;
export type TargetDevice = (typeof targetDevices)[number];

/** What link-preview crawlers are shown. */
export interface OpenGraph {
  readonly title: string | null;
  readonly description: string | null;
  readonly image: string | null;
}

/** URLs by country code, ISO 3166-1 alpha-2 in upper case. Never empty: without any, a link holds null. */
export type GeoTargets = Readonly<Record<string, string>>;
/** URLs by kind of device. Never empty: without any, a link holds null. */
export type DeviceTargets = Readonly<Partial<Record<TargetDevice, string>>>;

/** Something of the caller's own beside a link. */
export interface LinkSetting {
  readonly key: string;
  readonly value: string | number | boolean | null;
}

/** A link as the server holds it; times in Unix milliseconds, URLs as `parseDestination` returned them. */
export interface Link {
  readonly id: number;
  readonly publicId: string;
  readonly userId: number;
  readonly domainId: number;
  readonly slug: string;
  /** The slug without case, where the link is found in any case; null: in its own alone. */
  readonly foldedSlug: string | null;
  /** A second code that leads to the link, on the same domain. */
  readonly alias: string | null;
  readonly destinationUrl: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly passwordHash: string | null;
  /** Rises with every change of the password, so that cookies of the former one stop working. */
  readonly passwordVersion: number;
  readonly expiresAt: number | null;
  readonly clickLimit: number | null;
  readonly oneTime: boolean;
  readonly expiredUrl: string | null;
  readonly geoTargets: GeoTargets | null;
  readonly deviceTargets: DeviceTargets | null;
  readonly iosUrl: string | null;
  readonly androidUrl: string | null;
  readonly utm: Utm;
  readonly og: OpenGraph;
  readonly forwardQuery: boolean;
  readonly redirectStatus: RedirectStatus;
  readonly trackAnalytics: boolean;
  readonly filterBots: boolean;
  readonly publicStats: boolean;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** Keys are different from one another. */
  readonly settings: readonly LinkSetting[];
  /** False: clients of yeb.to are shown totals alone; nothing less is recorded. */
  readonly advancedAnalytics: boolean;
  readonly isArchived: boolean;
  /** null: it is not archived. */
  readonly archivedAt: number | null;
  /** Rises by one with every change; 1 is the link as it was made. */
  readonly version: number;
  /** The key that made this version; null: none did. */
  readonly changedByKeyId: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A link that is to be stored. */
export type UnstoredLink = Omit<Link, 'id' | 'foldedSlug'>;

// Shared by all links that have none: most do, and what is the same for all is not copied from thread to thread.
export const noUtm: Utm = Object.freeze({ source: null, medium: null, campaign: null, term: null, content: null });
export const noOpenGraph: OpenGraph = Object.freeze({ title: null, description: null, image: null });
export const noTags: Link['tags'] = Object.freeze([]);
export const noSettings: Link['settings'] = Object.freeze([]);

/** A link with what it has been clicked. */
export interface CountedLink {
  readonly link: Link;
  readonly clickCount: number;
  readonly lastClickedAt: number | null;
}

/** The part of a link that a decision reads. */
export type HotLink = Pick<
  Link,
  | 'isArchived'
  | 'expiresAt'
  | 'expiredUrl'
  | 'passwordHash'
  | 'iosUrl'
  | 'androidUrl'
  | 'geoTargets'
  | 'deviceTargets'
  | 'destinationUrl'
>;

export interface LinkVisitor {
  readonly platform: 'ios' | 'android' | null;
  /** The kind of device, in the words of clicks/user-agent.ts; see `targetDeviceOf`. */
  readonly device: string;
  /** ISO 3166-1 alpha-2, or null where unknown. A function: only links with geo targets pay for the look-up. */
  readonly country: () => string | null;
  /** Whether the visitor has proved to know the link's present password. */
  readonly unlocked: boolean;
}

/** Which rule chose the URL; kept with the click. */
export type RedirectTarget = 'ios' | 'android' | `geo:${string}` | `device:${TargetDevice}` | 'destination';
export type GoneReason = 'archived' | 'expired' | 'used_up';

export type Decision =
  /** `url` is the target alone: the caller merges UTM fields and the visitor's query into it. */
  | { readonly kind: 'redirect'; readonly url: string; readonly target: RedirectTarget }
  /** `redirectTo` is the link's expiredUrl, to which nothing is merged; null means 410. */
  | { readonly kind: 'gone'; readonly reason: GoneReason; readonly redirectTo: string | null }
  | { readonly kind: 'password' };

/**
 * The device target that serves a kind of device. A television or console has a screen like a desktop's, a watch is
 * nearest to a phone; bots, headsets and what is unknown have no nearest kind and get the destination.
 */
export function targetDeviceOf(device: string): TargetDevice | undefined {
  switch (device) {
    case 'desktop':
    case 'tv':
    case 'console':
      return 'desktop';
    case 'mobile':
    case 'wearable':
      return 'mobile';
    case 'tablet':
      return 'tablet';
    default:
      return undefined;
  }
}

function chooseTarget(link: HotLink, visitor: LinkVisitor): Decision {
  if (link.iosUrl !== null && visitor.platform === 'ios') return { kind: 'redirect', url: link.iosUrl, target: 'ios' };
  if (link.androidUrl !== null && visitor.platform === 'android') {
    return { kind: 'redirect', url: link.androidUrl, target: 'android' };
  }
  if (link.geoTargets !== null) {
    const country = visitor.country();
    if (country !== null && Object.hasOwn(link.geoTargets, country)) {
      return { kind: 'redirect', url: link.geoTargets[country]!, target: `geo:${country}` };
    }
  }
  if (link.deviceTargets !== null) {
    const device = targetDeviceOf(visitor.device);
    const url = device === undefined ? undefined : link.deviceTargets[device];
    if (device !== undefined && url !== undefined) return { kind: 'redirect', url, target: `device:${device}` };
  }
  return { kind: 'redirect', url: link.destinationUrl, target: 'destination' };
}

/** Whether a link-preview crawler is shown the link's card instead of being sent on. With a password there is none to show. */
export function hasCard({ passwordHash, og }: Pick<Link, 'passwordHash' | 'og'>): boolean {
  return passwordHash === null && (og.title !== null || og.description !== null || og.image !== null);
}

/** How many counted clicks the link allows in all; 0: any number. */
export function clickLimitOf(link: Pick<Link, 'oneTime' | 'clickLimit'>): number {
  return link.oneTime ? 1 : (link.clickLimit ?? 0);
}

/** Whether the link's time has passed: it works until, and not at, `expiresAt`. */
export function isExpired(link: Pick<Link, 'expiresAt'>, now: number): boolean {
  return link.expiresAt !== null && now >= link.expiresAt;
}

/**
 * What a visit gets, in the API's documented order: archived, expired, used up, password, then iosUrl/androidUrl,
 * geo, device, destination. An archived link never goes to its expiredUrl: someone took it down by hand.
 * @param now Unix milliseconds
 * @param usedUp whether the click limit or the one click is already consumed; the recorder alone knows for certain
 */
export function decide(link: HotLink, visitor: LinkVisitor, now: number, usedUp = false): Decision {
  if (link.isArchived) return { kind: 'gone', reason: 'archived', redirectTo: null };
  if (isExpired(link, now)) return { kind: 'gone', reason: 'expired', redirectTo: link.expiredUrl };
  if (usedUp) return { kind: 'gone', reason: 'used_up', redirectTo: link.expiredUrl };
  if (link.passwordHash !== null && !visitor.unlocked) return { kind: 'password' };
  return chooseTarget(link, visitor);
}
