// Who visits in a benchmark's history: browsers and crawlers with their real headers in many versions, addresses over all of IPv4
// and IPv6 with the country that the program itself finds, languages, campaigns, pages that they come from.

import { storedAddress } from '../../src/clicks/address-privacy.ts';
import type { NewTerms } from '../../src/clicks/click-batch.ts';
import { openGeo } from '../../src/clicks/geo.ts';
import { nowhere, type Place } from '../../src/clicks/place.ts';
import { UserAgents } from '../../src/clicks/user-agent.ts';
import { judge, verdictCode } from '../../src/clicks/verdict.ts';
import { sketchEntry } from '../../src/clicks/visitor-sketch.ts';
import { assetBytes } from '../../src/core/assets.ts';
import { bots, people, previews } from '../../test/support/user-agent-headers.ts';
import { languages } from './browsers.ts';
import { type Random, zipfDraw } from './random-draws.ts';

const addressCount = 200_000;
const versions = 25;
const referrerHosts = 400;
const pagesPerHost = 12;
const campaigns = 40;
/** Of a thousand hits: from programs, with a campaign, and from a page of which the whole address came. */
const programShare = 80;
const campaignShare = 150;
const wholeAddressShare = 250;
const ipv6Share = 450;

/** What a hit needs of its visitor, in the numbers of `terms`. */
export interface HitVisitor {
  readonly verdict: number;
  readonly place: number;
  readonly agent: number;
  readonly referrer: number;
  readonly context: number;
  readonly visitor: number;
  readonly sketch: number;
  readonly address: Buffer | null;
}

function inVersions(header: string): string[] {
  return Array.from({ length: versions }, (_, back) =>
    header.replace(
      /\b(Chrome|Firefox|rv:|Version|Edg|OPR|SamsungBrowser|CriOS|FxiOS)([/:]?)(\d+)/g,
      (_whole, name: string, separator: string, version: string) =>
        `${name}${separator}${Math.max(1, Number(version) - back)}`,
    ),
  );
}

function addressText(random: Random): string {
  const byte = (): number => random(256);
  if (random(1_000) >= ipv6Share) return `${1 + random(223)}.${byte()}.${byte()}.${byte()}`;
  const group = (): string => random(65_536).toString(16);
  return `${(0x2000 + random(0x1000)).toString(16)}:${group()}:${group()}::${group()}`;
}

function mixed(value: number, seed: number): number {
  let hash = Math.imul(value ^ seed, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca77);
  return (hash ^ (hash >>> 13)) >>> 0;
}

export interface Crowd {
  readonly terms: NewTerms;
  /** One visit of one of `visitors` people and programs. */
  draw(): HitVisitor;
}

export function gatherCrowd(visitors: number, random: Random): Crowd {
  const geo = openGeo({ bytes: assetBytes('country.mmdb') });
  const places: Place[] = [];
  const placeNumbers = new Map<Place, number>([[nowhere, 0]]);
  const known = new Map<string, Place>();
  const addresses = Array.from({ length: addressCount }, () => {
    const text = addressText(random);
    const country = geo.country(text) ?? '';
    // One object a country, as long as this runs: the reader's own cache may forget.
    let place = known.get(country);
    if (place === undefined) known.set(country, (place = geo.place(text)));
    let number = placeNumbers.get(place);
    if (number === undefined) {
      places.push(place);
      placeNumbers.set(place, (number = places.length));
    }
    return { place: number, address: storedAddress(text, 'truncate') };
  });
  const parser = new UserAgents();
  const headers = people.flatMap(([header]) => inVersions(header));
  const crawlers = [...previews, ...bots];
  const agents = [...new Set([...headers, ...crawlers])].map((header) => parser.parse(header));
  const firstCrawler = new Set(headers).size;
  const verdicts = agents.map((userAgent) =>
    verdictCode(judge({ method: 'GET', headers: {}, userAgent, filterBots: true, isFiltered: false })),
  );
  const hosts = Array.from({ length: referrerHosts }, (_, i) => `site-${i}.example`);
  const referrers = hosts.flatMap((host) =>
    Array.from({ length: pagesPerHost }, (_, page) => ({
      host,
      url: page === 0 ? `https://${host}/` : `https://${host}/articles/${page}?from=list`,
    })),
  );
  const languageNames = [...new Set(languages.map((language) => language.slice(0, 2)))];
  const contexts = languageNames.flatMap((language) =>
    Array.from({ length: campaigns + 1 }, (_, campaign) => ({
      language,
      utm: {
        source: campaign === 0 ? '' : `source-${campaign % 9}`,
        medium: campaign === 0 ? '' : ['mail', 'social', 'print'][campaign % 3]!,
        campaign: campaign === 0 ? '' : `campaign-${campaign}`,
        term: '',
        content: '',
      },
      target: 'destination' as const,
      qr: '',
    })),
  );
  const drawAgent = zipfDraw(firstCrawler, random);
  const drawHost = zipfDraw(referrerHosts + 1, random);
  const drawPage = zipfDraw(pagesPerHost, random);
  const drawLanguage = zipfDraw(languageNames.length, random);
  const drawCampaign = zipfDraw(campaigns, random);
  return {
    terms: {
      place: places,
      agent: agents.map(({ text, device, browser, browserVersion, os, osVersion }) => ({
        text,
        device,
        browser: browser ?? '',
        browserVersion: browserVersion ?? '',
        os: os ?? '',
        osVersion: osVersion ?? '',
      })),
      referrer: referrers,
      context: contexts,
    },
    draw() {
      const person = random(visitors);
      const home = addresses[mixed(person, 1) % addressCount]!;
      const isProgram = random(1_000) < programShare;
      const agent = isProgram ? firstCrawler + random(agents.length - firstCrawler) : drawAgent();
      const host = drawHost();
      const page = random(1_000) < wholeAddressShare ? drawPage() : 0;
      const campaign = random(1_000) < campaignShare ? 1 + drawCampaign() : 0;
      return {
        verdict: verdicts[agent]!,
        place: home.place,
        // Numbers of terms begin at 1.
        agent: agent + 1,
        referrer: host === 0 ? 0 : (host - 1) * pagesPerHost + page + 1,
        context: drawLanguage() * (campaigns + 1) + campaign + 1,
        visitor: mixed(person, 2) * 65_536 + (mixed(person, 3) >>> 16),
        sketch: sketchEntry(mixed(person, 4), mixed(person, 5)),
        address: home.address,
      };
    },
  };
}
