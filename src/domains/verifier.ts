// Looks for the proofs of domains: when their owners ask, and once a day for those that work. What it finds is committed, and
// then followed by the domains in memory.

import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { base62Alphabet, randomText } from '../core/ids.ts';
import { hourMs } from '../core/periods.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import type { Domain, Domains } from './domain.ts';
import { type CheckedDomain, recordCheck } from './domain-check-store.ts';
import { findDomainById } from './domain-store.ts';
import { findProblem, problemText, type TxtLookup } from './proof.ts';

const intervalMs = 24 * hourMs;
/** Of one that fails: its owner may be waiting for it to be seen again. */
const failingIntervalMs = 6 * hourMs;
/** Look-ups at once that owners ask for; each may wait for a slow server. */
const maxRunning = 50;
const parallelRechecks = 10;

interface VerifierOptions {
  readonly reader: Connection;
  readonly writer: Pick<Writer, 'run'>;
  readonly domains: Domains;
  readonly lookUp: TxtLookup;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export class Verifier {
  readonly #options: VerifierOptions;
  #running = 0;
  #isRechecking = false;
  #isClosed = false;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /**
   * Looks for the proof now, and gives the domain as it is then: whether it was found, `problem` says. Throws CONFLICT where
   * another user's proof stands, NOT_FOUND where the domain was deleted meanwhile, or UNAVAILABLE.
   */
  async check(domain: Domain, once?: Once): Promise<Domain> {
    if (this.#running >= maxRunning) throw new AppError('UNAVAILABLE', 'too many domains are being verified');
    this.#running++;
    try {
      return await this.#check(domain, once);
    } finally {
      this.#running--;
    }
  }

  /** Looks for the proofs that have not been looked for in a day. One call at a time; a second returns at once. */
  async recheckDue(): Promise<void> {
    if (this.#isRechecking) return;
    this.#isRechecking = true;
    try {
      const due = [...this.#options.domains.custom()].filter((domain) => this.#isDue(domain));
      while (due.length > 0 && !this.#isClosed) {
        await Promise.all(due.splice(0, parallelRechecks).map((domain) => this.#recheck(domain)));
      }
    } finally {
      this.#isRechecking = false;
    }
  }

  /** Nothing is looked for any more; what is being looked for ends as UNAVAILABLE, and nothing is said of it. */
  close(): void {
    this.#isClosed = true;
  }

  #isDue({ userId, checkedAt, failingSince }: Domain): boolean {
    // Nobody's domain is one that the operator vouches for.
    if (userId === null) return false;
    const interval = failingSince === null ? intervalMs : failingIntervalMs;
    const now = this.#options.clock.now();
    // A check that lies ahead was made before the clock was set back.
    return checkedAt === null || checkedAt <= now - interval || checkedAt > now;
  }

  async #recheck(domain: Domain): Promise<void> {
    try {
      await this.#check(domain);
    } catch (error) {
      if (this.#isClosed) return;
      // Deleted meanwhile, or the write failed: the next round will see.
      this.#options.log.warn({ domain: domain.host, err: error }, 'a domain could not be verified again');
    }
  }

  async #check(domain: Domain, once?: Once): Promise<Domain> {
    const { writer, lookUp, clock } = this.#options;
    const problem = await findProblem(domain, lookUp, randomText(base62Alphabet, 16).toLowerCase());
    if (this.#isClosed) throw new AppError('UNAVAILABLE', 'the server is being stopped');
    const checked = await writer.run(recordCheck, { id: domain.id, problem, now: clock.now() }, once);
    this.#follow(checked);
    return checked.domain;
  }

  /** By what is stored: the answer to a repeated call is one of long ago. */
  #follow({ domain: { id, host, problem }, isNewlyVerified, isNewlyFailed, replacedId }: CheckedDomain): void {
    const { reader, domains, log } = this.#options;
    // The replaced one first, so that it makes room.
    for (const changed of replacedId === null ? [id] : [replacedId, id]) {
      const stored = findDomainById(reader, changed);
      if (stored === undefined) domains.drop(changed);
      else domains.put(stored);
    }
    if (isNewlyVerified) log.info({ domain: host }, 'a domain is verified');
    if (isNewlyFailed) {
      const reason = problem === null ? '' : problemText(problem, host);
      log.warn({ domain: host, reason }, 'a domain has not been verified for 7 days; its links go on working');
    }
  }
}
