// What crash proofs send their load to, and what a database file holds of it afterwards.

import assert from 'node:assert/strict';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { currentTotals } from '../../src/links/link-totals-store.ts';
import { openReader } from '../../src/storage/database.ts';
import type { ApiClient, LinkObject } from './api-client.ts';

const plainLinks = 6;

export interface TestLinks {
  readonly plain: readonly LinkObject[];
  /** Works for `clickLimit` people in all. */
  readonly limited: LinkObject;
  readonly clickLimit: number;
  /** Of its hits only the number and the quarter-hour are kept. */
  readonly untracked: LinkObject;
}

/** What the database holds of a link. */
export interface Kept {
  /** The total that the API shows. */
  readonly total: number;
  /** Raw hits that count, and those that do not. */
  readonly counted: number;
  readonly uncounted: number;
}

export async function createLinks(api: ApiClient, clickLimit: number): Promise<TestLinks> {
  const plain: LinkObject[] = [];
  for (let count = 0; count < plainLinks; count++) plain.push(await api.createLink());
  return {
    plain,
    limited: await api.createLink({ clickLimit }),
    clickLimit,
    untracked: await api.createLink({ trackAnalytics: false }),
  };
}

/** Reads what the crash left, by a connection that cannot change it: the next start must cope with it as it is. */
export function readKept(dataFolder: string, links: readonly LinkObject[]): ReadonlyMap<string, Kept> {
  const connection = openReader(dataFolder);
  try {
    assert.deepEqual(auditRollUps(connection), []);
    assert.deepEqual(connection.pragma('integrity_check', { simple: true }), 'ok');
    const read = connection.prepare<[string], Kept>(
      `SELECT coalesce((SELECT clicks FROM (${currentTotals}) WHERE link_id = l.id), 0) AS total,
         (SELECT count(*) FROM clicks c WHERE c.link_id = l.id AND c.verdict = 0) AS counted,
         (SELECT count(*) FROM clicks c WHERE c.link_id = l.id AND c.verdict <> 0) AS uncounted
       FROM links l WHERE l.public_id = ?`,
    );
    return new Map(links.map(({ id, slug }) => [slug, read.get(id)!]));
  } finally {
    connection.close();
  }
}
