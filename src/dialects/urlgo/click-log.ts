// A row of UrlGo.in's click log: one hit, in every word that UrlGo.in has for a place, a browser and a system.

import { agentDetails, isLinux, nameWithVersion, versionParts } from '../../clicks/agent-details.ts';
import { countryFacts } from '../../clicks/country-facts.ts';
import type { LinkHit } from '../../clicks/link-hits-store.ts';
import { urlgoTime } from './urlgo-link.ts';

const flag = (is: boolean): 0 | 1 => (is ? 1 : 0);

export interface LoggedLink {
  readonly shortUrl: string;
  readonly shortKey: string;
  /** A number that stays the link's. */
  readonly number: number;
}

export function clickLogRow(hit: LinkHit, { shortUrl, shortKey, number }: LoggedLink) {
  const country = countryFacts(hit.country);
  const { agent, engine, maker, model } = agentDetails(hit.userAgent);
  const browser = versionParts(agent.browserVersion);
  const system = versionParts(agent.osVersion);
  const isBrowser = (pattern: RegExp): 0 | 1 => flag(pattern.test(agent.browser ?? ''));
  return {
    full_url: shortUrl,
    short_key: shortKey,
    short_url_id: number,
    // The page that shows where a link leads sends nobody on.
    status: hit.verdict === 'preview_page' ? 'previewed' : 'redirected',
    ip: hit.address,
    iso_code: hit.country,
    country: country?.name ?? '',
    city: hit.city,
    state: hit.region.slice(hit.region.indexOf('-') + 1),
    state_name: hit.regionName,
    postal_code: hit.postalCode,
    latitude: hit.latitude === null ? '' : String(hit.latitude),
    longitude: hit.longitude === null ? '' : String(hit.longitude),
    timezone: hit.timezone,
    continent: hit.continent === '' ? (country?.continent ?? '') : hit.continent,
    currency: country?.currency ?? '',
    user_agent: hit.userAgent,
    is_mobile: flag(hit.device === 'mobile'),
    is_tablet: flag(hit.device === 'tablet'),
    is_desktop: flag(hit.device === 'desktop'),
    is_bot: flag(hit.device === 'bot'),
    is_chrome: isBrowser(/\bchrome\b/i),
    is_firefox: isBrowser(/\bfirefox\b/i),
    is_opera: isBrowser(/\bopera\b/i),
    is_safari: isBrowser(/\bsafari\b/i),
    is_edge: isBrowser(/\bedge\b/i),
    is_ie: isBrowser(/^ie/i),
    is_windows: flag(agent.os === 'Windows'),
    is_linux: flag(isLinux(agent.os)),
    is_mac: flag(agent.os === 'macOS'),
    is_android: flag(agent.os === 'Android'),
    browser_name: nameWithVersion(agent.browser, browser),
    browser_family: agent.browser ?? '',
    browser_version: browser.text,
    browser_version_major: browser.major,
    browser_version_minor: browser.minor,
    browser_version_patch: browser.patch,
    browser_engine: engine ?? '',
    platform_name: nameWithVersion(agent.os, system),
    platform_family: agent.os ?? '',
    platform_version: system.text,
    platform_version_major: system.major,
    platform_version_minor: system.minor,
    platform_version_patch: system.patch,
    device_family: maker ?? 'Unknown',
    device_model: model ?? '',
    // Nobody grades phones any more.
    mobile_grade: '',
    created_at: urlgoTime(hit.clickedAt),
    updated_at: urlgoTime(hit.clickedAt),
    device_type: hit.device,
  };
}
