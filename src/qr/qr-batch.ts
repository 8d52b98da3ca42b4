// The codes of many links as one zip archive: drawn a few at a time, so that others' codes come in between.

import { AppError, invalidField } from '../core/errors.ts';
import type { Link } from '../links/link.ts';
import type { Links } from '../links/links.ts';
import type { DrawOrder } from './draw.ts';
import type { DrawingPool } from './drawing-pool.ts';
import type { PackedFile } from './drawing-protocol.ts';
import type { Logo } from './logo.ts';
import type { QrBatch } from './qr-input.ts';

const codesAtOnce = 20;
/** Of all images of one archive: it is put together in memory. */
const maxArchiveBytes = 64 * 1024 * 1024;
const maxNameLength = 60;
const retryAfterS = 5;

interface QrBatchesOptions {
  readonly links: Links;
  readonly pool: DrawingPool;
  readonly shortUrl: (link: Link) => string;
}

/** `0001-summer.svg`: in the order of the request, unique, and harmless on every system. */
export function fileName(position: number, slug: string, format: string): string {
  const safe = [...slug.replace(/[^\p{L}\p{N}_-]/gu, '_')].slice(0, maxNameLength).join('');
  return `${String(position + 1).padStart(4, '0')}-${safe}.${format}`;
}

export class QrBatches {
  readonly #options: QrBatchesOptions;
  #isRunning = false;

  constructor(options: QrBatchesOptions) {
    this.#options = options;
  }

  /** One archive at a time: each may hold the memory of its images. Throws VALIDATION_ERROR, or UNAVAILABLE. */
  async archive(userId: number, batch: QrBatch): Promise<Uint8Array> {
    const links = this.#linksOf(userId, batch.linkIds);
    if (this.#isRunning)
      throw new AppError('UNAVAILABLE', 'another archive is being made; try again', [], { retryAfterS });
    this.#isRunning = true;
    try {
      const files = await this.#draw(links, batch);
      return await this.#options.pool.run({ kind: 'zip', files });
    } finally {
      this.#isRunning = false;
    }
  }

  #linksOf(userId: number, linkIds: readonly string[]): Link[] {
    return linkIds.map((id, position) => {
      try {
        return this.#options.links.get(userId, id).link;
      } catch (cause) {
        if (!(cause instanceof AppError) || cause.code !== 'NOT_FOUND') throw cause;
        throw invalidField(`linkIds.${position}`, `linkIds.${position} is none of your links`);
      }
    });
  }

  async #draw(links: readonly Link[], { style, logo }: QrBatch): Promise<PackedFile[]> {
    const { pool, shortUrl } = this.#options;
    const files: PackedFile[] = [];
    let prepared: Logo | null = null;
    let bytes = 0;
    for (let start = 0; start < links.length; start += codesAtOnce) {
      const some = links.slice(start, start + codesAtOnce);
      // The logo's file is looked at once; the others get what became of it.
      const source: DrawOrder['logo'] = logo === null ? null : prepared === null ? { file: logo } : { prepared };
      const order: Omit<DrawOrder, 'text'> = { style, logo: source, format: style.format, isVerified: logo !== null };
      const drawings = await pool.run({ kind: 'draw-many', order, texts: some.map(shortUrl) });
      for (const [index, { image, logo: drawn }] of drawings.entries()) {
        const { slug } = some[index] as Link;
        files.push({ name: fileName(start + index, slug, style.format), bytes: image as Uint8Array });
        bytes += (image as Uint8Array).length;
        prepared = drawn;
      }
      if (bytes > maxArchiveBytes) {
        const message = `size makes the archive larger than ${maxArchiveBytes / 1024 / 1024} MB: take a smaller one, or fewer links`;
        throw invalidField('size', message);
      }
    }
    return files;
  }
}
