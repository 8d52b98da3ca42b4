// Stored hits judged anew, step by step as the server does it: what today's rules say, however often it is interrupted.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { storedAddress } from '../../src/clicks/address-privacy.ts';
import { nextClickJob, reclassifyStep, startClickJob } from '../../src/clicks/click-job-store.ts';
import { workOn } from '../../src/clicks/click-job-work.ts';
import { DuplicateWindow } from '../../src/clicks/duplicate-window.ts';
import { parseNetworkList } from '../../src/clicks/filtered-networks.ts';
import type { Rules } from '../../src/clicks/rejudge.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { type Verdict, verdictCode, verdictOf } from '../../src/clicks/verdict.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { TestHit } from '../support/test-hits.ts';

const start = Date.parse('2026-07-01T00:00:00Z');
const person = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const crawler = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const preview = 'Twitterbot/1.0';
const noRules: Rules = { networks: parseNetworkList(''), windowMs: 0 };

function open(t: TestContext): ClickWriting {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-rejudge-'));
  const writing = new ClickWriting(folder);
  t.after(() => {
    writing.close();
    rmSync(folder, { recursive: true });
  });
  giveUserLinks(writing.connection, 1, [1, 2]);
  giveUserLinks(writing.connection, 2, [3]);
  return writing;
}

interface Reclassified {
  readonly rules?: Rules;
  readonly linkId?: number;
  /** Steps between two deaths of the process. */
  readonly stepsInARow?: number;
}

function reclassify(
  writing: ClickWriting,
  { rules = noRules, linkId, stepsInARow = Infinity }: Reclassified = {},
): void {
  const { connection } = writing;
  const now = start;
  const inTransaction = <Result>(run: () => Result): Result => connection.transaction(run).immediate();
  inTransaction(() =>
    startClickJob.apply(connection, { kind: 'reclassify', userId: 1, linkId: linkId ?? null, input: null, now }),
  );
  for (let job = nextClickJob(connection); job !== undefined; job = nextClickJob(connection)) {
    const jobId = job.id;
    let left = stepsInARow;
    for (const { verdicts, clickIds: _, ...step } of workOn(connection, job, rules)) {
      inTransaction(() => reclassifyStep.apply(connection, { step: { ...step, jobId, now }, verdicts }));
      if (--left === 0) break;
    }
  }
}

function verdictsOf(writing: ClickWriting, linkId: number): Verdict[] {
  return writing.connection
    .prepare<[number], number>('SELECT verdict FROM clicks WHERE link_id = ? ORDER BY id')
    .pluck()
    .all(linkId)
    .map((code) => verdictOf(code));
}

const address = (text: string, mode: 'full' | 'truncate' = 'full'): Buffer => storedAddress(text, mode)!;

describe('reclassification', () => {
  const cases: [what: string, hits: Partial<TestHit & { was: Verdict }>[], expected: Verdict[]][] = [
    [
      'user agents',
      [
        { agent: person, was: 'bot' },
        { agent: crawler, was: 'counted' },
        { agent: preview, was: 'counted' },
        { agent: '', was: 'counted' },
      ],
      ['counted', 'bot', 'preview', 'bot'],
    ],
    [
      'networks',
      [
        { address: address('9.9.1.7'), was: 'counted' },
        { address: address('9.9.1.7', 'truncate'), was: 'counted' },
        { address: address('9.9.2.7', 'truncate'), was: 'counted' },
        { address: address('9.9.2.7', 'truncate'), was: 'filtered_network' },
        { address: address('9.9.3.7'), was: 'filtered_network' },
        { address: address('2a00:1:2:3::4', 'truncate'), was: 'counted' },
        { was: 'filtered_network' },
      ],
      [
        'filtered_network',
        'filtered_network',
        'counted',
        'filtered_network',
        'counted',
        'filtered_network',
        'filtered_network',
      ],
    ],
    [
      'what only the request could tell',
      [{ was: 'head' }, { was: 'prefetch' }, { was: 'preview_page' }, { was: 'duplicate' }],
      ['head', 'prefetch', 'preview_page', 'counted'],
    ],
    ['what is kept of no visit', [{ was: 'bot', totalOnly: true }], ['bot']],
  ];
  const rules: Rules = { networks: parseNetworkList('9.9.1.0/24\n9.9.2.128/25\n2a00:1::/32'), windowMs: 0 };
  for (const [what, hits, expected] of cases) {
    it(`goes by ${what}`, (t) => {
      const writing = open(t);
      writing.write(
        hits.map(({ was, ...hit }, n) => ({
          at: start + n,
          visitor: n + 1,
          agent: person,
          verdict: verdictCode(was!),
          ...hit,
        })),
      );
      reclassify(writing, { rules });
      assert.deepEqual(verdictsOf(writing, 1), expected);
      assert.deepEqual(auditRollUps(writing.connection), []);
    });
  }

  it('counts programs on links that count them, but for those that were shown a card', (t) => {
    const writing = open(t);
    writing.connection.exec(`UPDATE links SET filter_bots = 0; UPDATE links SET og = '{"title":"x"}' WHERE id = 2`);
    const was = [crawler, preview].map((agent, n) => ({ agent, verdict: n + 2, visitor: n + 1 }));
    writing.write([1, 2].flatMap((linkId) => was.map((hit) => ({ ...hit, linkId, at: start }))));
    reclassify(writing);
    assert.deepEqual(verdictsOf(writing, 1), ['counted', 'counted']);
    assert.deepEqual(verdictsOf(writing, 2), ['counted', 'preview']);
  });

  it("leaves other users' hits and, where one link is asked for, all others alone", (t) => {
    const writing = open(t);
    writing.write([1, 2, 3].map((linkId) => ({ linkId, at: start, agent: person, verdict: 2, visitor: 1 })));
    reclassify(writing, { linkId: 2 });
    assert.deepEqual(
      [1, 2, 3].map((linkId) => verdictsOf(writing, linkId)),
      [['bot'], ['counted'], ['bot']],
    );
    reclassify(writing);
    assert.deepEqual(
      [1, 2, 3].map((linkId) => verdictsOf(writing, linkId)),
      [['counted'], ['counted'], ['bot']],
    );
  });

  for (const stepsInARow of [Infinity, 1]) {
    it(`finds the duplicates that a window finds as hits come, dying after ${stepsInARow} steps`, (t) => {
      const writing = open(t);
      const random = seededRandom(5);
      const windowMs = 60_000;
      const live = new DuplicateWindow({ windowMs, earlier: { counted: () => [] }, now: 0 });
      const hits = Array.from({ length: 5_000 }, (_, n) => {
        const agent = random(8) === 0 ? crawler : person;
        return { at: start + n * 700, linkId: 1 + random(2), visitor: 1 + random(60), agent };
      });
      const expected = hits.map(({ agent, linkId, visitor, at }): Verdict => {
        if (agent === crawler) return 'bot';
        return live.repeats(linkId, visitor, at) ? 'duplicate' : 'counted';
      });
      for (let i = 0; i < hits.length; i += 1_000)
        writing.write(hits.slice(i, i + 1_000).map((hit) => ({ ...hit, verdict: random(2) * 5 })));
      reclassify(writing, { rules: { ...noRules, windowMs }, stepsInARow });
      for (const linkId of [1, 2])
        assert.deepEqual(
          verdictsOf(writing, linkId),
          expected.filter((_, n) => hits[n]!.linkId === linkId),
        );
      assert.deepEqual(auditRollUps(writing.connection), []);
    });
  }
});
