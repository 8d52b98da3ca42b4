// What a User-Agent header says of its sender: device, browser, system, and whether a program sent it.
// One frozen object per header, the same (===) as long as it is cached, so that callers can key on it.

import { isbot } from 'isbot';
import { UAParser } from 'ua-parser-js';

import { BoundedCache, type CacheCounts } from '../core/bounded-cache.ts';

export const devices = ['desktop', 'mobile', 'tablet', 'tv', 'console', 'wearable', 'bot', 'unknown'] as const;
export type Device = (typeof devices)[number];

export interface UserAgent {
  /** The header, cut to `maxUserAgentLength`; empty where there was none. */
  readonly text: string;
  readonly device: Device;
  readonly browser: string | null;
  readonly browserVersion: string | null;
  readonly os: string | null;
  readonly osVersion: string | null;
  /** Which deep link a person on this device can open. */
  readonly platform: 'ios' | 'android' | null;
  readonly automation: 'bot' | 'preview' | null;
}

// The parsers run some hundred regular expressions, some of them quadratic: the cut bounds their time, and what a header may cost us in memory.
export const maxUserAgentLength = 512;
const maxNameLength = 64;
const maxVersionLength = 32;

// Programs that open a link because somebody posted, mailed or scanned it. They must get the card, and must not count as its readers.
// Marks are matched anywhere in the header unless anchored: in-app browsers (FBAN, Instagram, [Pinterest/iOS], Telegram-Android …) are people.
const previewMarks = [
  // Messengers. iMessage calls itself "facebookexternalhit/1.1 Facebot Twitterbot/1.0", Signal "WhatsApp/2".
  '^whatsapp/',
  '^viber',
  'telegrambot',
  'discordbot',
  'slackbot',
  'slack-imgproxy',
  'skypeuripreview', // Teams too
  'kakaotalk-scrap',
  'line-poker',
  'chatwork linkpreview',
  'mattermost-bot',
  'zulipurlpreview',
  '^synapse\\b',
  'zoomlinkpreview',
  'wire linkpreview',
  // Social networks
  'facebookexternalhit',
  'facebot',
  'meta-externalfetcher',
  'twitterbot',
  'linkedinbot',
  'pinterestbot',
  'pinterest/[\\d.]+ ?\\(\\+',
  'redditbot',
  'vkshare',
  '^tumblr/',
  'snap url preview',
  'quora link preview',
  'xing-contenttabreceiver',
  'flipboardproxy',
  'cardyb', // Bluesky
  'mastodon/',
  'pleroma',
  'akkoma',
  'misskey/',
  'lemmy/',
  // Card and screenshot services
  'embedly',
  'iframely',
  'microsoftpreview',
  'bingpreview',
  'google web preview',
  'google-pagerenderer',
  'google\\.com/\\+/web/snippet',
  // Mail: image proxies, and Office, which asks for a link's headers before it hands the link to the browser
  'googleimageproxy',
  'yahoomailproxy',
  'ms-?office',
  'microsoft (?:office|outlook)',
  // Scanners that open the links of a mail before its reader does
  'barracuda',
  'proofpoint',
  'mimecast',
  'messagelabs',
  'cloudmark',
  'ironport',
  'fireeye',
  'forcepoint',
  'avanan',
  'vade ?secure',
  'trend ?micro',
  'forti(?:mail|sandbox)',
  'virustotal',
  'urlscan',
  'checkphish',
];
const previewPattern = new RegExp(previewMarks.join('|'), 'i');

const parser = new UAParser();

const deviceByType: Readonly<Record<string, Device>> = {
  mobile: 'mobile',
  tablet: 'tablet',
  smarttv: 'tv',
  console: 'console',
  wearable: 'wearable',
  embedded: 'unknown',
};

// Systems of which the parser may know no device type. What is in none of these lists but has a name runs on a desk.
const handheldOs =
  /^(?:ios|android|harmonyos|openharmony|windows (?:phone|mobile)|blackberry|kaios|symbian|series40|bada|meego|maemo|sailfish|firefox os|ubuntu touch|palm)/i;
const televisionOs = /^(?:tizen|webos|nettv|netrange|viera|tv$|chromecast)/i;
const consoleOs = /^(?:nintendo|playstation|xbox)/i;

// To the parser they are worn like a watch; but no page for phones is meant for a view that fills the eyes.
const headset = /\b(?:quest|pico)\b/i;

function deviceOf(os: string | null, text: string): Device {
  // The parser's list of devices is its longest, and a desktop runs through all of it in vain: two thirds of the time of a new header.
  // An iPad that asks for desktop pages (the default since iPadOS 13) sends a Mac's header word for word: it is a desktop here.
  if (os === 'Windows' || os === 'macOS' || os === 'ChromeOS') return 'desktop';
  const { type } = parser.getDevice();
  if (type === 'wearable' && headset.test(text)) return 'unknown';
  if (type) return deviceByType[type] ?? 'unknown';
  if (os === null) return 'unknown';
  // Android's own rule: a browser on a phone says Mobile, one on a tablet does not. Opera Mini, made for phones, never did.
  if (os === 'Android') return /\bmobile\b|opera m(?:ini|obi)/i.test(text) ? 'mobile' : 'tablet';
  if (handheldOs.test(os)) return 'mobile';
  if (televisionOs.test(os)) return 'tv';
  if (consoleOs.test(os)) return 'console';
  if (os === 'watchOS') return 'wearable';
  return 'desktop';
}

// The parser copies many names out of the header, in the header's own case. One spelling each, or "LINUX" and "linux" are two rows of a breakdown.
const spellings = new Map(
  [
    'macOS',
    'iOS',
    'watchOS',
    'webOS',
    'KaiOS',
    'HarmonyOS',
    'OpenHarmony',
    'BlackBerry',
    'PlayStation',
    'Windows',
    'Windows Phone',
    'FreeBSD',
    'OpenBSD',
    'NetBSD',
    'MeeGo',
    'NetTV',
    'SunOS',
    'openSUSE',
    'CentOS',
    'IE',
    'UCBrowser',
    'GSA',
    'WebKit',
    'MIUI Browser',
    'WeChat',
    'TikTok',
    'QQ',
    'QQBrowser',
    'DuckDuckGo',
    'PhantomJS',
    'SeaMonkey',
    'PaleMoon',
    'LibreWolf',
    'LinkedIn',
    'KakaoTalk',
    'KakaoStory',
    'IEMobile',
    'Coc Coc',
    'NetSurf',
    'QupZilla',
    'OmniWeb',
    'Chrome WebView',
  ].map((name) => [name.toLowerCase(), name]),
);
spellings.set('mac os', 'macOS').set('chromium os', 'ChromeOS').set('windows phone os', 'Windows Phone');

function nameOf(parsed: string | undefined): string | null {
  if (!parsed) return null;
  const lower = parsed.toLowerCase().trim().slice(0, maxNameLength);
  if (lower === '') return null;
  return spellings.get(lower) ?? lower.replace(/(?:^|[ -])[a-z]/g, (start) => start.toUpperCase());
}

function versionOf(parsed: string | undefined): string | null {
  return parsed?.trim().slice(0, maxVersionLength) || null;
}

function osVersionOf(parsed: string | undefined, os: string | null): string | null {
  const version = versionOf(parsed);
  if (version === null || /\d/.test(version)) return version;
  // Only these have versions in words (Windows XP, Xbox Series X); elsewhere it is the word that came next in the header.
  return os === 'Windows' || (os !== null && consoleOs.test(os)) ? version : null;
}

function platformOf(device: Device, os: string | null): 'ios' | 'android' | null {
  // A television that runs Android opens none of the links that are made for phones.
  if (device !== 'mobile' && device !== 'tablet') return null;
  if (os === 'iOS') return 'ios';
  return os === 'Android' || os === 'HarmonyOS' ? 'android' : null;
}

function read(text: string): UserAgent {
  parser.setUA(text);
  const browser = parser.getBrowser();
  const system = parser.getOS();
  const os = nameOf(system.name);
  const automation = previewPattern.test(text) ? 'preview' : isbot(text) ? 'bot' : null;
  const device = automation === null ? deviceOf(os, text) : 'bot';
  return Object.freeze({
    text,
    device,
    browser: nameOf(browser.name),
    browserVersion: versionOf(browser.version),
    os,
    osVersion: osVersionOf(system.version, os),
    platform: platformOf(device, os),
    automation,
  });
}

// Every browser sends the header: who sends none is a program, of which nothing more is known.
const absent: UserAgent = Object.freeze({
  text: '',
  device: 'unknown',
  browser: null,
  browserVersion: null,
  os: null,
  osVersion: null,
  platform: null,
  automation: 'bot',
});

/** Parses User-Agent headers and remembers the last `capacity` of them (at most about 1.5 kB each). */
export class UserAgents {
  readonly #cache: BoundedCache<string, UserAgent>;

  constructor(capacity = 20_000) {
    this.#cache = new BoundedCache(capacity);
  }

  get cache(): CacheCounts {
    return this.#cache;
  }

  parse(header: string | undefined): UserAgent {
    if (header === undefined || header === '') return absent;
    // A slice would keep the whole header alive for as long as it is cached; going through bytes makes a string of its own.
    const text =
      header.length <= maxUserAgentLength ? header : Buffer.from(header.slice(0, maxUserAgentLength)).toString();
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    const userAgent = read(text);
    this.#cache.set(text, userAgent);
    return userAgent;
  }
}
