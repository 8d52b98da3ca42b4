// A job on stored hits gives way: after a transaction for which redirects have waited, it does nothing until so many have not waited
// that nobody notices; where nobody waits it goes on at once.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import pino from 'pino';
import { ClickJobs } from '../../src/clicks/click-jobs.ts';
import { FilteredNetworks } from '../../src/clicks/filtered-networks.ts';
import { ClickRecording } from '../support/click-recording.ts';
import { giveUserLinks } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const hits = 1_000;
const noon = Date.parse('2026-07-01T12:00:00Z');
const delayed = 3;
/** Redirects that have not waited make up for one that has. */
const redirectsPerDelayed = 150;

let folder: string;
let recording: ClickRecording;
before(async () => {
  folder = temporaryFolder();
  recording = await ClickRecording.open(folder);
  giveUserLinks(recording.connection, 1, [1]);
});
after(async () => {
  await current?.jobs.stop();
  await recording.close();
});

let current: Surroundings | undefined;
let filterBots = 1;
beforeEach(async () => {
  await current?.jobs.stop();
  if (recording.connection.prepare('SELECT count(*) FROM clicks').pluck().get() === 0)
    await recording.record(
      // Programs that were taken for persons once.
      Array.from({ length: hits }, (_, i) => ({ at: noon + i, visitor: i % 50, agent: 'curl/8.10.1' })),
    );
  recording.connection.prepare('UPDATE links SET filter_bots = ?').run(filterBots);
  filterBots = 1 - filterBots;
});

/** The redirects and the clock beside a job: both stand still but for what a test makes of them. */
class Surroundings {
  redirects = 0;
  nowMs = 0;
  writes = 0;
  readonly jobs: ClickJobs;
  #looks = 0;
  #wake = (): void => {};

  /** @param duringWrite what happens while a transaction of the job runs */
  constructor(duringWrite: { readonly redirects: number; readonly tookMs: number }) {
    const { writer, connection } = recording;
    // The job asks for both at the beginning and at the end of a write, and again at every look that it takes while it pauses.
    const wake = (): void => this.#wake();
    const looked = (): void => {
      this.#looks++;
      wake();
    };
    const ofRedirects = (): number => {
      looked();
      return this.redirects;
    };
    this.jobs = new ClickJobs({
      dataFolder: folder,
      reader: connection,
      writer: {
        run: async (...call: Parameters<typeof writer.run>) => {
          const result = await writer.run(...call);
          this.redirects += duringWrite.redirects;
          this.nowMs += duringWrite.tookMs;
          return result;
        },
      } as typeof writer,
      recorder: {
        get taken() {
          return ofRedirects();
        },
      },
      filteredNetworks: FilteredNetworks.open(undefined, pino({ enabled: false })),
      windowMs: 0,
      emptyLog: () => {},
      recount: () => {
        this.writes++;
        this.#looks = 0;
        wake();
      },
      clock: { now: () => noon, monotonic: () => this.nowMs },
      log: pino({ enabled: false }),
    });
  }

  /** Resolves when the job has looked so often at what goes on without writing anything, or is over. */
  async paused(looks = 10): Promise<'paused' | 'over'> {
    for (;;) {
      if (this.isOver) return 'over';
      if (this.#looks >= looks) return 'paused';
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Looks that the job has taken up to now do not count. */
  forget(): void {
    this.#looks = 0;
  }

  get isOver(): boolean {
    return this.jobs.latest('reclassify', 1)?.finishedAt !== null;
  }

  /** Resolves after so many writes, or when it is over. */
  async written(count: number): Promise<void> {
    while (this.writes < count && !this.isOver) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

function surround(duringWrite: ConstructorParameters<typeof Surroundings>[0]): Surroundings {
  current = new Surroundings(duringWrite);
  return current;
}

const reclassify = { kind: 'reclassify', userId: 1, linkId: null, input: null } as const;

describe('a job on stored hits', () => {
  it('pauses after a transaction for which redirects have waited, until 150 times as many have not', async () => {
    const around = surround({ redirects: delayed, tookMs: 10 });
    await around.jobs.start(reclassify);
    const writes: number[] = [];
    while ((await around.paused()) === 'paused') {
      writes.push(around.writes);
      // One too few is not enough.
      around.redirects += delayed * redirectsPerDelayed - 1;
      around.forget();
      assert.deepEqual([await around.paused(), around.writes], ['paused', writes.at(-1)]);
      around.redirects++;
      around.forget();
      await around.written(writes.at(-1)! + 1);
    }
    assert.deepEqual(writes, [1, 2, 3]);
  });

  it('does not pause for ever where no more redirects come', async () => {
    const around = surround({ redirects: delayed, tookMs: 10 });
    await around.jobs.start(reclassify);
    let pauses = 0;
    while ((await around.paused()) === 'paused') {
      pauses++;
      const { writes } = around;
      around.nowMs += 10 * redirectsPerDelayed;
      around.forget();
      await around.written(writes + 1);
    }
    assert.equal(pauses, 3);
  });

  for (const [why, duringWrite] of [
    ['nobody has waited', { redirects: 0, tookMs: 100 }],
    ['it took no longer than any other transaction', { redirects: delayed, tookMs: 1 }],
  ] as const) {
    it(`goes on at once where ${why}`, async () => {
      const around = surround(duringWrite);
      await around.jobs.start(reclassify);
      assert.equal(await around.paused(), 'over');
      assert.equal(around.writes, 4);
    });
  }
});
