// The threads that draw: real ones, with real codes.

import assert from 'node:assert/strict';
import type { Worker } from 'node:worker_threads';
import { after, describe, it } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import { startWorker } from '../../src/core/worker-threads.ts';
import type { Drawing, DrawOrder } from '../../src/qr/draw.ts';
import { DrawingPool } from '../../src/qr/drawing-pool.ts';
import { defaultStyle } from '../../src/qr/style.ts';
import { svgLogo } from '../support/qr-logos.ts';
import { pixelsOf, readCode, viewOf } from '../support/qr-reading.ts';

const order = (text: string, others: Partial<DrawOrder> = {}): DrawOrder => ({
  text,
  style: defaultStyle,
  logo: null,
  format: 'png',
  isVerified: false,
  ...others,
});

/** A filter over filters, which takes a minute and more. */
const endlessLogo = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><filter id="f" x="-9" y="-9" width="19" height="19">${'<feTurbulence baseFrequency="0.9" numOctaves="400"/>'.repeat(200)}</filter><rect width="100" height="100" filter="url(#f)"/></svg>`,
);

const pools: DrawingPool[] = [];
after(async () => {
  for (const pool of pools) await pool.close();
});

function made(threads: number, maxTaskMs?: number): { pool: DrawingPool; started: Worker[] } {
  const started: Worker[] = [];
  const start = (): Worker => {
    const worker = startWorker('drawing');
    started.push(worker);
    return worker;
  };
  const pool = new DrawingPool({ start, threads, ...(maxTaskMs === undefined ? {} : { maxTaskMs }) });
  pools.push(pool);
  return { pool, started };
}

async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => assert.fail('it was done'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError, String(error));
  return error;
}

describe('the drawing pool', () => {
  it('gives images in memory of their own, and not with all else that lay beside them', async () => {
    const { pool } = made(1);
    const logo = { file: Buffer.from(svgLogo) };
    const sizes = ({ image, logo: made }: Drawing): number[] =>
      [image, made?.png].flatMap((bytes) => (bytes ? [bytes.buffer.byteLength - bytes.length] : []));
    for (const format of ['svg', 'png'] as const)
      assert.deepEqual(sizes(await pool.run({ kind: 'draw', order: order('short', { format }) })), [0], format);
    const one = await pool.run({ kind: 'draw', order: order('with a logo', { logo }) });
    assert.deepEqual(sizes(one), [0, 0]);
    const { text: _, ...others } = order('', { logo });
    const many = await pool.run({ kind: 'draw-many', order: others, texts: ['a', 'b'] });
    assert.deepEqual(many.map(sizes), [
      [0, 0],
      [0, 0],
    ]);
    const zip = await pool.run({ kind: 'zip', files: [{ name: 'a', bytes: one.image! }] });
    assert.equal(zip.buffer.byteLength, zip.length);
  });

  it('starts no thread before it is asked, and no more than it may', async () => {
    const { pool, started } = made(2);
    assert.equal(started.length, 0);
    const texts = Array.from({ length: 30 }, (_, n) => `https://example.com/${n}`);
    const drawings = await Promise.all(texts.map((text) => pool.run({ kind: 'draw', order: order(text) })));
    assert.equal(started.length, 2);
    for (const [index, { image }] of drawings.entries())
      assert.equal(readCode(viewOf(await pixelsOf(image!))), texts[index]);
  });

  it('tells what cannot be drawn, and goes on', async () => {
    const { pool, started } = made(1);
    const [bad, good] = [order('x'.repeat(2000)), order('x')];
    const refused = pool.run({ kind: 'draw', order: bad });
    const drawn = pool.run({ kind: 'draw', order: good });
    assert.deepEqual((await errorOf(refused)).details[0]?.path, 'size');
    assert.ok((await drawn).image);
    assert.equal(started.length, 1);
  });

  it('gives up what takes too long, together with its thread, and draws the rest on another', async () => {
    const { pool, started } = made(1, 4_000);
    const endless = pool.run({ kind: 'draw', order: order('x', { logo: { file: endlessLogo } }) });
    const next = pool.run({ kind: 'draw', order: order('y') });
    const error = await errorOf(endless);
    assert.deepEqual([error.code, error.details[0]?.path], ['VALIDATION_ERROR', 'logo']);
    assert.equal(readCode(viewOf(await pixelsOf((await next).image!))), 'y');
    assert.equal(started.length, 2);
  });

  it('turns away what is too much, those without a key first, and serves them last', async () => {
    const { pool } = made(1);
    const finished: string[] = [];
    const ask = (asker: 'keyed' | 'anonymous'): Promise<unknown> =>
      pool.run({ kind: 'draw', order: order('x') }, asker).then(
        () => finished.push(asker),
        (error: AppError) => error,
      );
    const asked = [
      ...Array.from({ length: 110 }, () => ask('anonymous')),
      ...Array.from({ length: 20 }, () => ask('keyed')),
    ];
    const refused = (await Promise.all(asked)).filter((outcome) => outcome instanceof AppError);
    // One is being drawn, a hundred may wait.
    assert.deepEqual([refused.length, new Set(refused.map(({ code }) => code))], [9, new Set(['UNAVAILABLE'])]);
    // But for the one that was there when nothing waited.
    assert.deepEqual(new Set(finished.slice(1, 21)), new Set(['keyed']));
  });

  it('survives the death of a thread', async () => {
    const { pool, started } = made(1);
    await pool.run({ kind: 'draw', order: order('x') });
    await started[0]!.terminate();
    assert.ok((await pool.run({ kind: 'draw', order: order('x') })).image);
    assert.equal(started.length, 2);
  });

  it('turns away what waits when it is closed', async () => {
    const { pool } = made(1);
    const waiting = [1, 2, 3].map(() => errorOf(pool.run({ kind: 'draw', order: order('x') })));
    await pool.close();
    assert.deepEqual(new Set((await Promise.all(waiting)).map(({ code }) => code)), new Set(['UNAVAILABLE']));
    assert.equal((await errorOf(pool.run({ kind: 'draw', order: order('x') }))).code, 'UNAVAILABLE');
  });
});
