// A listener that takes nothing costs nothing but its place, and is dropped in the end.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { LiveFeed, type LiveSink } from '../../src/clicks/live-feed.ts';
import { RawHitStore } from '../../src/clicks/raw-hit-store.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';

function open(t: TestContext): { writing: ClickWriting; feed: LiveFeed; time: { now: number } } {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-live-'));
  const writing = new ClickWriting(folder);
  giveUserLinks(writing.connection, 1, [1]);
  const time = { now: 0 };
  const clock = { now: () => time.now, monotonic: () => time.now };
  const feed = new LiveFeed({ hits: new RawHitStore(writing.connection), clock, tickMs: 1, beatMs: 1 });
  t.after(() => {
    feed.stop();
    writing.close();
    rmSync(folder, { recursive: true });
  });
  return { writing, feed, time };
}

/** A connection whose client takes what it is told at once, or never. */
class Connection implements LiveSink {
  pendingBytes = 0;
  readonly told: string[] = [];
  readonly isStuck: boolean;
  #wake = (): void => {};

  constructor(isStuck: boolean) {
    this.isStuck = isStuck;
  }

  isAllowed = (): boolean => true;

  begin(): void {}

  hit({ id }: { id: string }): void {
    this.#tell(`hit ${id}`, 1_024);
  }

  gap(): void {
    this.#tell('gap', 100);
  }

  beat(): void {
    this.#tell('beat', 8);
  }

  end(reason: string): void {
    this.#tell(`end ${reason}`, 0);
  }

  async heard(pattern: RegExp): Promise<void> {
    while (!this.told.some((event) => pattern.test(event)))
      await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #tell(event: string, bytes: number): void {
    this.told.push(event);
    if (this.isStuck) this.pendingBytes += bytes;
    this.#wake();
  }
}

describe('a live feed', () => {
  it('keeps bounded bytes for a listener that takes none, drops it after a minute, and serves the others all the while', async (t) => {
    const { writing, feed, time } = open(t);
    const stuck = new Connection(true);
    const quick = new Connection(false);
    feed.listen({ userId: 1, linkId: undefined, after: undefined }, stuck);
    feed.listen({ userId: 1, linkId: undefined, after: undefined }, quick);
    for (let n = 0; n < 5; n++) {
      writing.write(Array.from({ length: 400 }, (_, i) => ({ at: n * 1_000 + i })));
      feed.notify();
    }
    await quick.heard(/hit clk_000000001ug/);
    assert.equal(quick.told.filter((event) => event.startsWith('hit')).length, 2_000);
    // 256 KiB, and what one look more can add.
    assert.ok(stuck.pendingBytes <= 256 * 1024 + 200 * 1_024 + 8, String(stuck.pendingBytes));
    assert.equal(feed.size, 2);
    time.now = 61_000;
    feed.notify();
    await stuck.heard(/end too slow/);
    assert.equal(feed.size, 1);
  });

  it('says that there is a gap where too much has happened since', async (t) => {
    const { writing, feed } = open(t);
    for (let n = 0; n < 3; n++) writing.write(Array.from({ length: 4_000 }, (_, i) => ({ at: n * 4_000 + i })));
    const [late, later] = [new Connection(false), new Connection(false)];
    feed.listen({ userId: 1, linkId: undefined, after: 2_100 }, late);
    feed.listen({ userId: 1, linkId: undefined, after: 10 }, later);
    await Promise.all([late, later].map((listener) => listener.heard(/hit clk_00000000bn0/)));
    const hitsOf = ({ told }: Connection): string[] => told.filter((event) => event !== 'beat');
    assert.equal(hitsOf(late).length, 9_900);
    assert.deepEqual([hitsOf(later).length, hitsOf(later)[0]], [201, 'gap']);
  });

  it('sends a sign of life when there is nothing to tell', async (t) => {
    const { feed } = open(t);
    const listener = new Connection(false);
    const leave = feed.listen({ userId: 1, linkId: 1, after: undefined }, listener);
    await listener.heard(/beat/);
    leave();
    assert.equal(feed.size, 0);
  });

  it('takes an id from the future for now', async (t) => {
    const { writing, feed } = open(t);
    writing.write([{ at: 1 }]);
    const listener = new Connection(false);
    feed.listen({ userId: 1, linkId: undefined, after: 10 ** 9 }, listener);
    writing.write([{ at: 2 }]);
    feed.notify();
    await listener.heard(/hit clk_00000000002/);
    assert.equal(listener.told.filter((event) => event.startsWith('hit')).length, 1);
  });
});
