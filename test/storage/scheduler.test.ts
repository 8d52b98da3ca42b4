import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { pino } from 'pino';
import { newId } from '../../src/core/ids.ts';
import { dayMs, hourMs } from '../../src/core/periods.ts';
import { backOffMs, type Job } from '../../src/scheduler/job.ts';
import { listJobs } from '../../src/scheduler/job-list-store.ts';
import { requestJob } from '../../src/scheduler/request-job-store.ts';
import { freeJobs } from '../../src/scheduler/free-jobs-store.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Operation } from '../../src/storage/operation.ts';
import type { Connection } from '../../src/storage/query.ts';
import { FakeTime } from '../support/fake-time.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

const start = Date.parse('2026-07-01T12:00:00Z');
const minuteMs = 60_000;
after(closeServers);

class Harness {
  readonly time = new FakeTime(start);
  readonly connection: Connection;
  /** When each job ran, counted from the start. */
  readonly runs: [name: string, at: number][] = [];
  #schedulers: Scheduler[] = [];

  constructor() {
    const folder = temporaryFolder();
    prepareDatabase(folder);
    this.connection = openForCommand(folder);
    this.connection.pragma('synchronous = OFF');
  }

  job(name: string, everyMs: number, run: Job['run'] = () => Promise.resolve()): Job {
    return {
      name,
      everyMs,
      run: (given) => {
        this.runs.push([name, this.time.monotonic() - 1_000]);
        return run(given);
      },
    };
  }

  /** Starts one and waits until it has come to rest. */
  async start(jobs: readonly Job[]): Promise<Scheduler> {
    const scheduler = await this.begin(jobs);
    await this.settle();
    return scheduler;
  }

  async begin(jobs: readonly Job[]): Promise<Scheduler> {
    const scheduler = new Scheduler({
      jobs,
      reader: this.connection,
      run: (operation, input) => this.#run(operation, input),
      claim: newId('run'),
      clock: this.time,
      timers: this.time,
      random: () => 0.5,
      log: pino({ level: 'silent' }),
    });
    this.#schedulers.push(scheduler);
    await scheduler.start();
    return scheduler;
  }

  async #run<Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.connection.transaction(() => operation.apply(this.connection, input)).immediate();
  }

  /** Every process dies, and its timers with it. */
  die(): void {
    this.#schedulers = [];
    this.time.forget();
  }

  /** It was stopped: neither woken nor waited for. */
  forget(scheduler: Scheduler): void {
    this.#schedulers = this.#schedulers.filter((other) => other !== scheduler);
  }

  async settle(): Promise<void> {
    for (const scheduler of this.#schedulers) await scheduler.idle();
  }

  pass(durationMs: number): Promise<void> {
    return this.time.pass(durationMs, () => this.settle());
  }

  timesOf(name: string): number[] {
    return this.runs.filter(([ran]) => ran === name).map(([, at]) => at);
  }

  state(name: string) {
    return listJobs(this.connection).find((job) => job.name === name)!;
  }
}

describe('a timed job', () => {
  it('runs at the first start and then as often as it says, also across restarts', async () => {
    const harness = new Harness();
    const jobs = [harness.job('often', 10 * minuteMs), harness.job('rarely', 2 * hourMs)];
    const first = await harness.start(jobs);
    await harness.pass(25 * minuteMs);
    assert.equal(harness.timesOf('often').length, 3);
    await first.stop(60_000);
    harness.forget(first);
    await harness.pass(minuteMs);
    await harness.start(jobs);
    await harness.pass(2 * minuteMs);
    assert.equal(harness.timesOf('often').length, 3, 'a restart is no reason to run');
    await harness.pass(2 * hourMs);
    assert.equal(harness.timesOf('rarely').length, 2);
    const gaps = harness.timesOf('often').map((at, index, all) => at - (all[index - 1] ?? at - 10 * minuteMs));
    assert.ok(
      gaps.every((gap) => gap >= 10 * minuteMs && gap < 11 * minuteMs),
      gaps.join(),
    );
  });

  it('that fails is tried again soon, then less soon, never later than it would run anyway', async () => {
    const harness = new Harness();
    let failures = 5;
    const job = harness.job('shaky', 24 * hourMs, () =>
      failures-- > 0 ? Promise.reject(new Error('no luck')) : Promise.resolve(),
    );
    const scheduler = await harness.start([job]);
    assert.deepEqual([harness.state('shaky').failures, harness.state('shaky').error], [1, 'no luck']);
    await harness.pass(hourMs);
    const times = harness.timesOf('shaky');
    const waits = times.slice(1).map((at, index) => at - times[index]!);
    assert.deepEqual(
      waits.map((wait) => Math.round(wait / 10_000)),
      [1, 2, 4, 8, 16],
    );
    assert.deepEqual([harness.state('shaky').failures, harness.state('shaky').error], [0, null]);
    assert.deepEqual(scheduler.figures.get('shaky')?.failures, 5);
    assert.equal(backOffMs(50, 24 * hourMs), hourMs);
    assert.equal(backOffMs(50, minuteMs), minuteMs);
  });

  it('that died with its process is taken up again when its lease ends, and not before', async () => {
    const harness = new Harness();
    let isHanging = true;
    const job = harness.job('long', hourMs, () => (isHanging ? new Promise(() => {}) : Promise.resolve()));
    await harness.begin([job]);
    while (harness.runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    // It hangs, and renews its lease no more: nothing of it is left but its row.
    harness.die();
    isHanging = false;
    await harness.start([job]);
    await harness.pass(4 * minuteMs);
    assert.equal(harness.runs.length, 1);
    await harness.pass(2 * minuteMs);
    assert.equal(harness.runs.length, 2);
    assert.equal(harness.state('long').claim, null);
  });

  it('that takes longer than its lease keeps it, and no other process begins it', async () => {
    const harness = new Harness();
    let end = (): void => {};
    const job = harness.job('long', hourMs, () => new Promise<void>((resolve) => (end = resolve)));
    await harness.begin([job]);
    while (harness.runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const claim = harness.state('long').claim;
    await harness.begin([job]);
    const rest = async (): Promise<void> => {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    await harness.time.pass(7 * minuteMs, rest);
    assert.deepEqual([harness.runs.length, harness.state('long').claim], [1, claim]);
    end();
    await harness.settle();
    assert.equal(harness.state('long').claim, null);
  });

  it('is run by one of two processes only', async () => {
    const harness = new Harness();
    const jobs = [harness.job('a', minuteMs), harness.job('b', minuteMs)];
    await Promise.all([harness.start(jobs), harness.start(jobs)]);
    await harness.pass(10 * minuteMs);
    for (const name of ['a', 'b']) {
      const times = harness.timesOf(name);
      assert.ok(times.length >= 9 && times.length <= 11, `${times.length} runs`);
    }
  });

  it('is one of many that are overdue, which come one after the other with a pause in between', async () => {
    const harness = new Harness();
    const names = Array.from({ length: 8 }, (_, n) => `job-${n}`);
    const first = await harness.start(names.map((name) => harness.job(name, hourMs)));
    await harness.pass(minuteMs);
    await first.stop(60_000);
    harness.forget(first);
    const ran = harness.runs.length;
    assert.equal(ran, 8);
    await harness.pass(100 * hourMs);
    await harness.start(names.map((name) => harness.job(name, hourMs)));
    await harness.pass(minuteMs);
    const times = harness.runs.slice(ran).map(([, at]) => at);
    assert.equal(times.length, 8, 'each once, however long it was overdue');
    times.slice(1).forEach((at, index) => assert.ok(at - times[index]! >= 1_000, 'a pause'));
  });

  it('neither storms nor stalls when the clock is set', async () => {
    const harness = new Harness();
    await harness.start([harness.job('often', 10 * minuteMs)]);
    await harness.pass(15 * minuteMs);
    assert.equal(harness.timesOf('often').length, 2);
    harness.time.setClock(-30 * 24 * hourMs);
    await harness.pass(30 * minuteMs);
    assert.ok(harness.timesOf('often').length >= 4, 'a clock set back by a month is not waited for');
    const before = harness.timesOf('often').length;
    harness.time.setClock(60 * 24 * hourMs);
    await harness.pass(minuteMs);
    assert.equal(harness.timesOf('often').length, before + 1, 'once, and not for every time that was skipped');
  });

  it('is told that the server stops, waited for, and goes on at the next start where it was not finished', async () => {
    const harness = new Harness();
    let isTold = false;
    let rounds = 0;
    const job = harness.job('thorough', 24 * hourMs, async ({ isStopping }) => {
      for (; !isStopping(); rounds++) await new Promise((resolve) => setImmediate(resolve));
      isTold = true;
      return false;
    });
    const scheduler = await harness.begin([job]);
    // eslint-disable-next-line no-unmodified-loop-condition -- the job does
    while (rounds < 3) await new Promise((resolve) => setImmediate(resolve));
    await scheduler.stop(60_000);
    assert.ok(isTold);
    assert.ok(harness.state('thorough').dueAt <= harness.time.now());
  });

  it('is left behind where it does not end in time, and run again after the next start', async () => {
    const harness = new Harness();
    let isHanging = true;
    const job = harness.job('stuck', hourMs, () => (isHanging ? new Promise(() => {}) : Promise.resolve()));
    const scheduler = await harness.begin([job]);
    while (harness.runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const stopped = scheduler.stop(1_000);
    await harness.time.pass(1_000, () => Promise.resolve());
    await stopped;
    harness.die();
    isHanging = false;
    freeJobs.apply(harness.connection, null);
    await harness.start([job]);
    assert.equal(harness.runs.length, 2);
  });

  it('runs at every start where it has to', async () => {
    const harness = new Harness();
    const jobs = [{ ...harness.job('eager', hourMs), isDueAtStart: true as const }, harness.job('calm', hourMs)];
    for (let start = 1; start <= 3; start++) {
      const scheduler = await harness.start(jobs);
      await harness.pass(minuteMs);
      await scheduler.stop(0);
      harness.forget(scheduler);
      assert.deepEqual([harness.timesOf('eager').length, harness.timesOf('calm').length], [start, 1]);
    }
  });

  it('with a schedule runs at its times, once for any number that were missed, and again soon where it fails', async () => {
    const harness = new Harness();
    let failures = 0;
    // At 03:00 UTC.
    const next = (now: number): number => {
      const at = Math.floor(now / dayMs) * dayMs + 3 * hourMs;
      return at > now ? at : at + dayMs;
    };
    const run = () => (failures-- > 0 ? Promise.reject(new Error('no room')) : Promise.resolve());
    const job = { ...harness.job('nightly', 25 * hourMs, run), schedule: { everyMs: 25 * hourMs, first: next, next } };
    const hours = () => harness.timesOf('nightly').map((at) => Math.floor(at / hourMs));
    const first = await harness.start([job]);
    await harness.pass(14 * hourMs);
    assert.deepEqual(hours(), [], 'not at the first start');
    await harness.pass(2 * hourMs);
    assert.deepEqual(hours(), [15]);
    await first.stop(0);
    harness.forget(first);
    await harness.pass(5 * dayMs);
    const second = await harness.start([job]);
    await harness.pass(minuteMs);
    assert.deepEqual(hours(), [15, 136]);
    failures = 2;
    requestJob(harness.connection, 'nightly', harness.time.now());
    await harness.pass(5 * minuteMs);
    assert.deepEqual(hours(), [15, 136, 136, 136, 136]);
    assert.equal(second.figures.get('nightly')?.failures, 2);
    assert.equal(harness.state('nightly').dueAt, next(harness.time.now()));
    harness.time.setClock(-4 * hourMs);
    await harness.pass(minuteMs);
    assert.equal(harness.state('nightly').dueAt, next(harness.time.now()), 'the clock was set back past its time');
  });

  it('that takes long holds up neither short ones nor those that somebody waits for', async () => {
    const harness = new Harness();
    let stopped = (): void => {};
    const long = harness.job('long', hourMs, async ({ stopping }) => {
      await new Promise<void>((resolve) => {
        stopped = resolve;
        stopping.addEventListener('abort', () => resolve());
      });
      return !stopping.aborted;
    });
    const scheduler = await harness.begin([
      { ...long, lane: 'long' },
      { ...harness.job('asked', dayMs), lane: 'prompt' },
      harness.job('often', minuteMs),
    ]);
    const rest = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    await harness.time.pass(5 * minuteMs, rest);
    assert.ok(harness.timesOf('often').length >= 5);
    assert.deepEqual([harness.timesOf('asked').length, harness.timesOf('long').length], [1, 1]);
    requestJob(harness.connection, 'asked', harness.time.now());
    await harness.time.pass(5_000, rest);
    assert.equal(harness.timesOf('asked').length, 2);
    assert.notEqual(harness.state('long').claim, null);
    stopped();
    await rest();
    assert.equal(harness.state('long').claim, null);
    await harness.time.pass(61 * minuteMs, rest);
    assert.equal(harness.timesOf('long').length, 2);
    await scheduler.stop(60_000);
    assert.ok(harness.state('long').dueAt <= harness.time.now(), 'what the stop cut off is due at the next start');
  });

  it('runs when it is asked for', async () => {
    const harness = new Harness();
    await harness.start([harness.job('asked', 24 * hourMs)]);
    await harness.pass(minuteMs);
    assert.equal(harness.timesOf('asked').length, 1);
    assert.ok(requestJob(harness.connection, 'asked', harness.time.now()));
    assert.ok(!requestJob(harness.connection, 'nothing', harness.time.now()));
    await harness.pass(5_000);
    assert.equal(harness.timesOf('asked').length, 2);
  });

  it('that is asked for while it is being run is run again, since it may have begun before', async () => {
    const harness = new Harness();
    const ends: (() => void)[] = [];
    const job = harness.job('asked', 24 * hourMs, () => new Promise((resolve) => ends.push(resolve)));
    await harness.begin([job]);
    const begun = async (runs: number): Promise<void> => {
      while (ends.length < runs) await new Promise((resolve) => setImmediate(resolve));
    };
    await begun(1);
    // At the very moment at which it began.
    assert.ok(requestJob(harness.connection, 'asked', harness.time.now()));
    ends[0]!();
    await harness.settle();
    await harness.time.pass(5_000, () => new Promise((resolve) => setImmediate(resolve)));
    await begun(2);
    ends[1]!();
    await harness.settle();
    assert.ok(harness.state('asked').dueAt > harness.time.now() + 23 * hourMs);
    await harness.pass(hourMs / 60);
    assert.equal(harness.runs.length, 2);
  });

  it('that the program no longer has is forgotten', async () => {
    const harness = new Harness();
    const first = await harness.start([harness.job('old', minuteMs), harness.job('kept', minuteMs)]);
    await harness.pass(minuteMs);
    await first.stop(60_000);
    harness.forget(first);
    await harness.start([harness.job('kept', minuteMs)]);
    assert.deepEqual(
      listJobs(harness.connection).map(({ name }) => name),
      ['kept'],
    );
  });
});
