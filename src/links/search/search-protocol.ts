// What the main thread and a search thread say to each other: a question with a number, and the answer with the same.

import type { Chore, EntryRange } from './sealing.ts';
import type { Part, SegmentOutline } from './segment-parts.ts';
import type { SearchAnswer, SearchQuestion } from './searcher.ts';

/** What a search thread is started with. */
export interface SearchThreadData {
  readonly dataFolder: string;
  /** Whether it seals, for which nobody waits at the moment, and goes behind the others. */
  readonly isSealing: boolean;
}

export type SearchRequest =
  | { readonly kind: 'find'; readonly question: SearchQuestion }
  /** Links that were clicked: to be told before the next question. */
  | { readonly kind: 'clicked'; readonly linkIds: readonly number[] }
  | { readonly kind: 'recount' }
  | { readonly kind: 'next-chore'; readonly userIds: readonly number[] }
  | { readonly kind: 'build'; readonly range: EntryRange }
  | { readonly kind: 'parts' };

/** What each request is answered with. */
export interface SearchReplies {
  find: SearchAnswer;
  clicked: undefined;
  recount: undefined;
  'next-chore': Chore | undefined;
  build: SegmentOutline | undefined;
  parts: readonly Part[];
}

export interface SearchCall {
  readonly number: number;
  readonly request: SearchRequest;
}

export type SearchReply =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly message: string; readonly stack: string | undefined };
