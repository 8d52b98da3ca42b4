// Every timed job of the server, in one list: what is to happen now and then, add it here.

import type { Clock } from './core/clock.ts';
import { dayMs, hourMs, utcDay } from './core/periods.ts';
import type { Job } from './scheduler/job.ts';
import { forgetIdempotencyKeys } from './storage/idempotency-store.ts';
import type { Writer } from './storage/writer.ts';
import { dropOldEvents } from './webhooks/retention-store.ts';

const minuteMs = 60_000;

interface JobParts {
  readonly writer: Writer;
  readonly clock: Clock;
  /** Throws away what told visitors of past days apart. */
  readonly turnVisitorKeys: (today: number) => Promise<void>;
  /** Looks again at the proofs of domains whose turn it is. */
  readonly recheckDomains: () => Promise<void>;
  /** Goes on with jobs on stored clicks, and deletes old ones. */
  readonly tendClicks: () => Promise<void>;
  /** Keeps the search of links fast. */
  readonly tendSearch: () => Promise<void>;
  /** Forgets who looked at password pages on past days. */
  readonly forgetPasswordVisits: () => Promise<void>;
  readonly webhookRetentionDays: number;
}

export function jobsOf(parts: JobParts): Job[] {
  const {
    writer,
    clock,
    turnVisitorKeys,
    recheckDomains,
    tendClicks,
    tendSearch,
    forgetPasswordVisits,
    webhookRetentionDays,
  } = parts;
  return [
    {
      name: 'visitors.turn-keys',
      everyMs: 10 * minuteMs,
      run: () => turnVisitorKeys(utcDay(clock.now())),
    },
    {
      name: 'api.forget-idempotency-keys',
      everyMs: 10 * minuteMs,
      run: () => writer.run(forgetIdempotencyKeys, { now: clock.now() }),
    },
    {
      name: 'domains.recheck',
      everyMs: 10 * minuteMs,
      run: recheckDomains,
    },
    {
      name: 'clicks.tend',
      everyMs: 10 * minuteMs,
      // What a restart interrupted goes on.
      isDueAtStart: true,
      run: tendClicks,
    },
    {
      name: 'links.tend-search',
      everyMs: 10 * minuteMs,
      isDueAtStart: true,
      run: tendSearch,
    },
    {
      name: 'links.forget-password-visits',
      everyMs: 10 * minuteMs,
      run: forgetPasswordVisits,
    },
    {
      name: 'webhooks.drop-old',
      everyMs: hourMs,
      async run({ isStopping }) {
        const before = clock.now() - webhookRetentionDays * dayMs;
        while (await writer.run(dropOldEvents, { before })) if (isStopping()) return false;
        return true;
      },
    },
  ];
}
