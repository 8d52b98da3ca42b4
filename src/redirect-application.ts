// The part of the application that leads visitors on: who they are, which link they get, its preview and its password form. Wired by
// application.ts.

import type { Logger } from 'pino';
import { DuplicateWindow } from './clicks/duplicate-window.ts';
import { EarlierClickStore } from './clicks/earlier-clicks-store.ts';
import type { AddressPrivacy } from './clicks/address-privacy.ts';
import { FilteredNetworks } from './clicks/filtered-networks.ts';
import { GeoSource } from './clicks/geo-source.ts';
import { Languages } from './clicks/language.ts';
import type { Recorder } from './clicks/recorder.ts';
import { Referrers } from './clicks/referrer.ts';
import { UserAgents } from './clicks/user-agent.ts';
import { VisitContexts } from './clicks/visit-context.ts';
import { StoredVisitorKeys } from './clicks/visitor-key-store.ts';
import { Visitors } from './clicks/visitors.ts';
import { assetBytes } from './core/assets.ts';
import type { Clock } from './core/clock.ts';
import { openedOrRefused } from './core/exit.ts';
import { utcDay } from './core/periods.ts';
import type { Domains } from './domains/domain.ts';
import type { ClientAddresses } from './http/client-address.ts';
import { Previewer } from './http/preview.ts';
import { Redirector } from './http/redirect.ts';
import { UnlockCookies } from './http/unlock-cookie.ts';
import { Unlocker } from './http/unlock.ts';
import type { VisitorPages } from './http/visitor-answers.ts';
import type { LinkResolver } from './links/link-resolver.ts';
import { PasswordVisits } from './links/password-visits.ts';
import type { Passwords } from './links/passwords.ts';
import { Scans } from './qr/scans.ts';
import type { Connection } from './storage/query.ts';
import { keepSecret } from './storage/server-secret.ts';
import type { Writer } from './storage/writer.ts';

const rememberedVisitors = 50_000;

interface RedirectApplicationOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly recorder: Recorder;
  readonly domains: Domains;
  readonly resolver: LinkResolver;
  readonly passwords: Passwords;
  readonly clientAddresses: ClientAddresses;
  /** A path, or `embedded`. */
  readonly geoDatabase: string;
  readonly networksFile: string | undefined;
  readonly pages: VisitorPages;
  /** Whether visitors come over https. */
  readonly isSecure: boolean;
  readonly privacy: AddressPrivacy;
  readonly respectsDnt: boolean;
  /** In which a second visit of the same person does not count; 0: every visit does. */
  readonly duplicateWindowMs: number;
  /** Whether links answer below /l/, too. */
  readonly hasDiscreetPaths: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RedirectApplication {
  readonly geo: GeoSource;
  readonly filteredNetworks: FilteredNetworks;
  readonly redirector: Redirector;
  readonly previewer: Previewer;
  readonly unlocker: Unlocker;
  readonly userAgents: UserAgents;
  readonly visitors: Visitors;
  readonly visitorKeys: StoredVisitorKeys;
  readonly passwordVisits: PasswordVisits;
}

/** Throws a StartError when one of the files cannot be used. */
export async function buildRedirectApplication(options: RedirectApplicationOptions): Promise<RedirectApplication> {
  const { reader, writer, recorder, domains, resolver, passwords, clientAddresses, pages, clock, log } = options;
  const { geoDatabase, networksFile, privacy, duplicateWindowMs: windowMs } = options;
  const geo = openedOrRefused('geo.database', () =>
    geoDatabase === 'embedded' ? GeoSource.embedded(assetBytes('country.mmdb')) : GeoSource.file(geoDatabase, log),
  );
  const filteredNetworks = openedOrRefused('clicks.filtered_networks_file', () =>
    FilteredNetworks.open(networksFile, log),
  );
  const visitorKeys = await StoredVisitorKeys.open(writer, utcDay(clock.now()));
  const unlockCookies = new UnlockCookies({
    secret: await writer.run(keepSecret, { name: 'unlock_cookie_key' }),
    isSecure: options.isSecure,
  });
  const passwordVisits = await PasswordVisits.open(writer, log);
  const userAgents = new UserAgents();
  const capacity = rememberedVisitors;
  const visitors = new Visitors({ userAgents, geo, filteredNetworks, keys: visitorKeys, privacy, capacity });
  const redirector = new Redirector({
    domains,
    resolver,
    scans: new Scans(reader),
    visitors,
    referrers: new Referrers(),
    languages: new Languages(),
    contexts: new VisitContexts(),
    recorder,
    duplicates:
      windowMs === 0
        ? undefined
        : new DuplicateWindow({ windowMs, earlier: new EarlierClickStore(reader), now: clock.now() }),
    respectsDnt: options.respectsDnt,
    clientAddresses,
    unlockCookies,
    passwordVisits,
    pages,
    hasDiscreetPaths: options.hasDiscreetPaths,
    clock,
  });
  return {
    geo,
    filteredNetworks,
    redirector,
    previewer: new Previewer(redirector, pages),
    unlocker: new Unlocker({ redirector, passwords, passwordVisits, unlockCookies, pages, clock, log }),
    userAgents,
    visitors,
    visitorKeys,
    passwordVisits,
  };
}
