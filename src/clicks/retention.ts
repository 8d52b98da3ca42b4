// Keeps to the rules of retention: step after step until there is nothing old left, or the server stops.

import type { Clock } from '../core/clock.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import { domainRetention, dropOldHits, noticeMovedLinks } from './retention-store.ts';

interface RetentionOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  /** Of domains that have no rule of their own; 0: for ever. */
  readonly days: number;
  readonly clock: Clock;
}

export async function keepToRetention(options: RetentionOptions, isStopping: () => boolean): Promise<void> {
  const { reader, writer, days, clock } = options;
  const byDomain = domainRetention(reader);
  if (days === 0 && byDomain.every((domain) => domain.days === 0)) return;
  const retention = { days, byDomain };
  if (byDomain.length > 0) await writer.run(noticeMovedLinks, { retention });
  for (let hasMore = true; hasMore && !isStopping();) {
    ({ hasMore } = await writer.run(dropOldHits, { retention, now: clock.now() }));
  }
}
