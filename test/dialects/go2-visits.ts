// The people whose clicks the English text of Go2 counts: 1,542 on four days, as real redirects.

import assert from 'node:assert/strict';
import { sendRequest } from '../support/api-client.ts';

/** Where they are, by an address that the test's own database knows. */
export const countries = { US: '9.1.0.1', GB: '9.2.0.1', DE: '9.3.0.1', FR: '9.4.0.1', IN: '9.5.0.1', BR: '9.6.0.1' };
const appleKit = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4';
const blink = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0';
export const agents = {
  chrome: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Safari/537.36`,
  chromeOnPhone: `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${blink} Mobile Safari/537.36`,
  chromeOnTablet: `Mozilla/5.0 (Linux; Android 13; SM-X700) ${blink} Safari/537.36`,
  safari: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${appleKit} Safari/605.1.15`,
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0',
  edge: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Safari/537.36 Edg/125.0.0.0`,
} as const;
const referrers = {
  'twitter.com': 'https://twitter.com/somebody/status/1',
  'facebook.com': 'https://facebook.com/',
  direct: undefined,
  'news.ycombinator.com': 'https://news.ycombinator.com/item?id=1',
  'google.com': 'https://google.com/',
} as const;

/** Each name as often as its number says. */
function repeated<Name extends string>(counts: Readonly<Record<Name, number>>): Name[] {
  const entries = Object.entries(counts) as [Name, number][];
  return entries.flatMap(([name, count]) => Array.from({ length: count }, () => name));
}

// The text's numbers. Its countries, browsers and referrers are not all there are: they make 1,213, 1,368 and 1,242 of its 1,542
// clicks. The rest came from elsewhere here, too, each of them less often than what is printed.
const clicksByCountry = repeated({ US: 823, GB: 234, DE: 156, FR: 150, IN: 100, BR: 79 });
const clicksByAgent = repeated({
  chrome: 106,
  chromeOnPhone: 587,
  chromeOnTablet: 63,
  safari: 423,
  firefox: 189,
  edge: 174,
});
const clicksByReferrer = repeated({
  'twitter.com': 412,
  'facebook.com': 287,
  direct: 543,
  'news.ycombinator.com': 200,
  'google.com': 100,
});

interface Visit {
  readonly country: keyof typeof countries;
  readonly agent: keyof typeof agents;
  readonly referrer: keyof typeof referrers;
}

// Steps that share no factor with 1,542 visit every row once, so that the breakdowns are mixed.
export const total = 1_542;
export const visits: Visit[] = Array.from({ length: total }, (_, n) => ({
  country: clicksByCountry[n]!,
  agent: clicksByAgent[(n * 605) % total]!,
  referrer: clicksByReferrer[(n * 1_039) % total]!,
}));
// Its three days are the first of those between the link's making and its last click; what is left came on the last one.
export const days: [clockAt: string, count: number][] = [
  ['2024-06-01T10:30:00Z', 45],
  ['2024-06-02T09:00:00Z', 67],
  ['2024-06-03T09:00:00Z', 89],
  ['2024-06-15T14:22:00Z', total - 45 - 67 - 89],
];

/** Real redirects, eight at a time. */
export async function visitAll(address: string, slug: string, some: readonly Visit[]): Promise<void> {
  const left = [...some];
  const visitor = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const referer = referrers[next.referrer];
      const headers = {
        'user-agent': agents[next.agent],
        'x-forwarded-for': countries[next.country],
        ...(referer === undefined ? {} : { referer }),
      };
      assert.equal((await sendRequest(address, { path: `/${slug}`, headers })).status, 302);
    }
  };
  await Promise.all(Array.from({ length: 8 }, visitor));
}
