// Judges stored hits by today's rules, in the order in which they came: user agents, filtered networks, the duplicate window and what
// the link says now. What only the request could tell (HEAD, prefetch, the preview page) stays as it was judged then.

import { addressText } from './address-privacy.ts';
import { DuplicateWindow } from './duplicate-window.ts';
import type { NetworkSet } from './network-set.ts';
import { fullAddress } from './stored-address.ts';
import { UserAgents } from './user-agent.ts';
import { countedVerdict, type Verdict, verdictCode, verdictOf } from './verdict.ts';

export interface JudgedHit {
  readonly id: number;
  readonly clickedAt: number;
  readonly verdict: number;
  readonly linkId: number;
  /** null: nothing is kept of the visit. */
  readonly visitor: number | null;
  readonly address: Buffer | null;
  readonly userAgent: string;
  readonly filterBots: boolean;
  /** Whether link-preview crawlers are shown a card instead of being sent on. */
  readonly hasCard: boolean;
}

export interface Rules {
  readonly networks: NetworkSet;
  /** 0: off. */
  readonly windowMs: number;
}

const fixed: ReadonlySet<Verdict> = new Set(['head', 'prefetch', 'preview_page']);

/** Of how many bits of a stored address something is known: what is truncated ends in zeros, and a whole one may, too. */
function knownBits(address: Buffer): number {
  const isWhole = address.at(-1) !== 0;
  if (address.length === 4) return isWhole ? 32 : 24;
  return address.subarray(6).some((byte) => byte !== 0) ? 128 : 48;
}

export class Rejudge {
  readonly #rules: Rules;
  readonly #userAgents = new UserAgents();
  readonly #duplicates: DuplicateWindow | undefined;

  constructor(rules: Rules) {
    this.#rules = rules;
    const { windowMs } = rules;
    this.#duplicates =
      windowMs === 0 ? undefined : new DuplicateWindow({ windowMs, earlier: { counted: () => [] }, now: 0 });
  }

  /** Takes up a hit that was judged already, for those that come after it. */
  remember({ verdict, linkId, visitor, clickedAt }: JudgedHit): void {
    if (verdict === countedVerdict && visitor !== null) this.#duplicates?.repeats(linkId, visitor, clickedAt);
  }

  /** The code of its verdict. */
  verdictOf(hit: JudgedHit): number {
    const { visitor, linkId, clickedAt } = hit;
    if (visitor === null || fixed.has(verdictOf(hit.verdict))) return hit.verdict;
    const verdict = this.#judge(hit);
    const isDuplicate = verdict === 'counted' && this.#duplicates?.repeats(linkId, visitor, clickedAt) === true;
    return verdictCode(isDuplicate ? 'duplicate' : verdict);
  }

  #judge(hit: JudgedHit): Verdict {
    const { automation } = this.#userAgents.parse(hit.userAgent);
    if (automation === 'preview' && hit.hasCard) return 'preview';
    if (!hit.filterBots) return 'counted';
    return automation ?? (this.#isFiltered(hit) ? 'filtered_network' : 'counted');
  }

  /** Where of the address too little is kept to tell, it is as it was. */
  #isFiltered({ address: stored, verdict }: JudgedHit): boolean {
    const wasFiltered = verdictOf(verdict) === 'filtered_network';
    const address = fullAddress(stored);
    if (address === null) return wasFiltered;
    const share = this.#rules.networks.share(addressText(address), knownBits(address));
    return share === 'all' || (share === 'some' && wasFiltered);
  }
}
