// A row of UrlGo.in's click log: one hit, in every word that UrlGo.in has for a place, a browser and a system.

import { type ICountryData, getCountryData, type TCountryCode } from 'countries-list';
import { UAParser } from 'ua-parser-js';
import type { LinkHit } from '../../clicks/link-hits-store.ts';
import { UserAgents } from '../../clicks/user-agent.ts';
import { urlgoTime } from './urlgo-link.ts';

const remembered = 1_000;
const userAgents = new UserAgents(remembered);
const linuxes = /linux|ubuntu|debian|fedora|centos|suse|mint|arch|gentoo|red ?hat|mandriva|slackware/i;

/** undefined: the code is no country's. */
export function countryOf(code: string): ICountryData | undefined {
  // The package answers any code with some object.
  const country = code === '' ? undefined : (getCountryData(code as TCountryCode) as ICountryData | undefined);
  return country?.name === undefined ? undefined : country;
}

const flag = (is: boolean): 0 | 1 => (is ? 1 : 0);

interface Version {
  readonly version: string;
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
}

/** The first three parts; those that are missing are "0". */
function versionOf(text: string | null): Version {
  if (text === null) return { version: '', major: '', minor: '', patch: '' };
  const parts = text.split('.').slice(0, 3);
  const [major = '0', minor = '0', patch = '0'] = parts;
  return { version: parts.join('.'), major, minor, patch };
}

function named(name: string | null, { version }: Version): string {
  return [name ?? '', version].filter((part) => part !== '').join(' ');
}

/** `Chrome 81.0.4044` */
export function browserName(browser: string, version: string): string {
  return named(browser, versionOf(version === '' ? null : version));
}

export interface LoggedLink {
  readonly shortUrl: string;
  readonly shortKey: string;
  /** A number that stays the link's. */
  readonly number: number;
}

export function clickLogRow(hit: LinkHit, { shortUrl, shortKey, number }: LoggedLink) {
  const country = countryOf(hit.country);
  const agent = userAgents.parse(hit.userAgent);
  const parsed = new UAParser(hit.userAgent);
  const browser = versionOf(agent.browserVersion);
  const system = versionOf(agent.osVersion);
  const isBrowser = (pattern: RegExp): 0 | 1 => flag(pattern.test(agent.browser ?? ''));
  const { vendor, model } = parsed.getDevice();
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
    currency: country?.currency[0] ?? '',
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
    is_linux: flag(linuxes.test(agent.os ?? '')),
    is_mac: flag(agent.os === 'macOS'),
    is_android: flag(agent.os === 'Android'),
    browser_name: named(agent.browser, browser),
    browser_family: agent.browser ?? '',
    browser_version: browser.version,
    browser_version_major: browser.major,
    browser_version_minor: browser.minor,
    browser_version_patch: browser.patch,
    browser_engine: parsed.getEngine().name ?? '',
    platform_name: named(agent.os, system),
    platform_family: agent.os ?? '',
    platform_version: system.version,
    platform_version_major: system.major,
    platform_version_minor: system.minor,
    platform_version_patch: system.patch,
    device_family: vendor ?? 'Unknown',
    device_model: model ?? '',
    // Nobody grades phones any more.
    mobile_grade: '',
    created_at: urlgoTime(hit.clickedAt),
    updated_at: urlgoTime(hit.clickedAt),
    device_type: hit.device,
  };
}
