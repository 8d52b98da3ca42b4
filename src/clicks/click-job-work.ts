// What a job on stored hits does, as a series of steps: each looks at a stretch and says what is to be written. Only reads, so that it
// can run beside the writer thread.

import type { Connection } from '../storage/query.ts';
import { addressIdsAtOnce, AddressRows } from './address-rows-store.ts';
import type { ClickJob } from './click-job-store.ts';
import { Rejudge, type Rules } from './rejudge.ts';
import { RejudgeReader } from './rejudge-store.ts';
import type { NewVerdict } from './verdict-change-store.ts';

/**
 * Changes of one transaction: it must stay short, redirects wait behind it. Not too few, because every one of them writes the user's
 * sums anew.
 */
const maxVerdicts = 250;
const maxErased = 1_000;
// Hits before the one at which a job goes on, that may stand in its way as duplicates: as many as are remembered.
const maxRecentIds = 500_000;

/** One transaction's worth. */
export interface WorkStep {
  readonly verdicts: readonly NewVerdict[];
  readonly clickIds: readonly number[];
  readonly position: number;
  readonly examined: number;
  readonly isLast: boolean;
}

/** Of the parts of one stretch only the last one moves the position on. */
function* inParts<Item>(
  items: readonly Item[],
  atOnce: number,
  stretch: { before: number; position: number; examined: number; isLast: boolean },
): Generator<Omit<WorkStep, 'verdicts' | 'clickIds'> & { readonly part: readonly Item[] }> {
  for (let start = 0; start === 0 || start < items.length; start += atOnce) {
    const part = items.slice(start, start + atOnce);
    const isEnd = start + atOnce >= items.length;
    if (isEnd) yield { part, ...stretch };
    else yield { part, position: stretch.before, examined: 0, isLast: false };
  }
}

function* reclassification(connection: Connection, job: ClickJob, rules: Rules): Generator<WorkStep, void> {
  const reader = new RejudgeReader(connection);
  const rejudge = new Rejudge(rules);
  const part = { userId: job.userId!, linkId: job.linkId };
  if (rules.windowMs > 0 && job.position > 0) {
    const recent = reader.recent(job.position, Infinity, part, 1).at(-1);
    const since = (recent?.clickedAt ?? 0) - rules.windowMs;
    for (const hit of reader.recent(job.position, since, part, maxRecentIds)) rejudge.remember(hit);
  }
  for (let before = job.position; before < job.endPosition;) {
    const { hits, upTo } = reader.after(before, job.endPosition, part);
    const verdicts: NewVerdict[] = [];
    for (const hit of hits) {
      const verdict = rejudge.verdictOf(hit);
      if (verdict !== hit.verdict) verdicts.push([hit.id, hit.verdict, verdict]);
    }
    const stretch = { before, position: upTo, examined: hits.length, isLast: upTo === job.endPosition };
    for (const { part: some, ...step } of inParts(verdicts, maxVerdicts, stretch))
      yield { ...step, verdicts: some, clickIds: [] };
    before = upTo;
  }
}

function* erasure(connection: Connection, job: ClickJob): Generator<WorkStep, void> {
  const rows = new AddressRows(connection);
  for (let before = job.position; before < job.endPosition;) {
    const upTo = Math.min(job.endPosition, before + addressIdsAtOnce);
    const found = rows.between(before, upTo, job.input ?? '');
    const stretch = { before, position: upTo, examined: upTo - before, isLast: upTo === job.endPosition };
    for (const { part, ...step } of inParts(found, maxErased, stretch)) yield { ...step, verdicts: [], clickIds: part };
    before = upTo;
  }
}

/** Each step must have been written before the next one is asked for. */
export function workOn(connection: Connection, job: ClickJob, rules: Rules): Generator<WorkStep, void> {
  return job.kind === 'erase' ? erasure(connection, job) : reclassification(connection, job, rules);
}
