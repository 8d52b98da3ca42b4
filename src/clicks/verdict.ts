// Whether a hit counts, and if not, for which one reason. Pure; a verdict's place in the list is its code in the database.

import type { IncomingHttpHeaders } from 'node:http';

import type { UserAgent } from './user-agent.ts';

// Stored as the index: append, never reorder or remove. The last three are decided elsewhere, by rules that need more than one request's headers.
export const verdicts = [
  'counted',
  'head',
  'bot',
  'preview',
  'prefetch',
  'duplicate',
  'filtered_network',
  'preview_page',
] as const;
export type Verdict = (typeof verdicts)[number];

const codes = new Map<Verdict, number>(verdicts.map((verdict, code) => [verdict, code]));

/** The number a verdict is stored as; 0 is `counted`. */
export function verdictCode(verdict: Verdict): number {
  return codes.get(verdict)!;
}

/** The code of a hit that counts; every other one is the reason why one does not. */
export const countedVerdict = 0;

/** The verdict stored as `code`. A code that this program never wrote throws: the database is newer or damaged. */
export function verdictOf(code: number): Verdict {
  const verdict = verdicts[code];
  if (verdict === undefined) throw new RangeError(`${code} is not the code of a verdict`);
  return verdict;
}

function startsWithWord(header: string | string[] | undefined, word: string): boolean {
  if (header === undefined) return false;
  const text = typeof header === 'string' ? header : header.join(',');
  return text.length >= word.length && text.trimStart().slice(0, word.length).toLowerCase() === word;
}

/** The browser fetches ahead of a person who may never come: Sec-Purpose is today's header, the others what browsers sent before it. */
export function isPrefetch(headers: IncomingHttpHeaders): boolean {
  return (
    startsWithWord(headers['sec-purpose'], 'prefetch') ||
    startsWithWord(headers['purpose'], 'prefetch') ||
    startsWithWord(headers['purpose'], 'preview') ||
    startsWithWord(headers['x-moz'], 'prefetch') ||
    startsWithWord(headers['x-purpose'], 'preview')
  );
}

/** Whether the browser asks not to be tracked: DNT, or Global Privacy Control after it. */
export function asksForPrivacy(headers: IncomingHttpHeaders): boolean {
  return headers['dnt'] === '1' || headers['sec-gpc'] === '1';
}

export interface Hit {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly userAgent: UserAgent;
  /** Whether the visitor's address is in a filtered network. */
  readonly isFiltered: boolean;
  /** False on links that count programs as well (X.gd's sense of a click), and whatever network they come from. */
  readonly filterBots: boolean;
}

/**
 * The first reason not to count, in the order HEAD, prefetch, preview crawler, bot, filtered network. HEAD and prefetch never
 * count: nothing was opened. Whether it is a duplicate is told by clicks/duplicate-window.ts, of what would count otherwise.
 */
export function judge(hit: Hit): Verdict {
  if (hit.method === 'HEAD') return 'head';
  if (isPrefetch(hit.headers)) return 'prefetch';
  const { automation } = hit.userAgent;
  if (!hit.filterBots) return 'counted';
  return automation ?? (hit.isFiltered ? 'filtered_network' : 'counted');
}
