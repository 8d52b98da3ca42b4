// What a user can do with galleries and their items, and what a visitor finds at an address. Rules that need the database are
// in the operations of the write stores; rules of a single field are checked before (gallery-input.ts, item-input.ts).

import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Domain, Domains } from '../domains/domain.ts';
import { generateSlug } from '../links/slug.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import { servedCssOf } from './custom-css.ts';
import { type CountedGallery, type CountedItem, type Gallery, type GalleryItem, isShown } from './gallery.ts';
import type { GalleryChange, NewGallery } from './gallery-input.ts';
import {
  countedItemsOf,
  countGalleries,
  findGallery,
  findGalleryAt,
  findItem,
  type GalleryPlace,
  itemsOf,
  listGalleries,
  withClicks,
  withViews,
  withViewsOfAll,
} from './gallery-store.ts';
import { createGallery, deleteGallery, updateGallery } from './gallery-write-store.ts';
import type { ItemChange, NewItem } from './item-input.ts';
import type { Arrangement } from './item-order.ts';
import { createItem, deleteItem, reorderItems, updateItem } from './item-write-store.ts';

interface GalleriesOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly domains: Domains;
  /** The domain of that name (null: the default one), if the user may put something on it, or it is there already; throws otherwise. */
  readonly domainFor: (userId: number, name: string | null, presentId?: number) => Domain;
  readonly originOf: (domainId: number) => string;
  readonly reserved: ReadonlySet<string>;
  readonly clock: Clock;
}

/** Who asks for a change. */
export interface Owner {
  readonly userId: number;
  /** How many galleries their plan allows. */
  readonly maxGalleries: number;
}

const slugLength = 7;
// Each collision makes the next draw one character longer: even a crowded domain is left within a few.
const maxDraws = 12;

/** What visitors find at an address. */
export interface PublicGallery {
  readonly gallery: Gallery;
  /** Those that are shown now. */
  readonly items: readonly GalleryItem[];
}

export class Galleries {
  readonly #options: GalleriesOptions;

  constructor(options: GalleriesOptions) {
    this.#options = options;
  }

  /** Throws SLUG_EXISTS when the owner's slug is taken (a drawn one is drawn again), or LIMIT_REACHED. */
  async create(owner: Owner, wanted: NewGallery, once?: Once): Promise<CountedGallery> {
    for (let draw = 0; ; draw++) {
      try {
        return await this.#createOnce(owner, wanted, draw, once);
      } catch (error) {
        const isCollision = wanted.slug === null && error instanceof AppError && error.code === 'SLUG_EXISTS';
        if (!isCollision || draw === maxDraws) throw error;
      }
    }
  }

  /** Throws NOT_FOUND, also for another user's. */
  get(userId: number, publicId: string): CountedGallery {
    const { reader } = this.#options;
    return withViews(reader, this.#own(userId, publicId));
  }

  list(userId: number, place: GalleryPlace): { galleries: readonly CountedGallery[]; total: number } {
    const { reader } = this.#options;
    const galleries = withViewsOfAll(reader, listGalleries(reader, userId, place));
    return { galleries, total: countGalleries(reader, userId) };
  }

  /** Throws NOT_FOUND, or SLUG_EXISTS. */
  async update(userId: number, publicId: string, change: GalleryChange, once?: Once): Promise<CountedGallery> {
    const { writer, clock, domainFor, originOf } = this.#options;
    const before = this.#own(userId, publicId);
    const { domain, ...fields } = change;
    const domainId = domain === undefined ? before.domainId : domainFor(userId, domain, before.domainId).id;
    // Its addresses are read against the gallery's own origin, which may just have changed.
    const css = change.customCss === undefined ? before.customCss : change.customCss;
    const mustServeAgain = css !== before.customCss || domainId !== before.domainId;
    const all = {
      ...fields,
      ...(domain !== undefined && { domainId }),
      ...(mustServeAgain && { servedCss: css === null ? null : await servedCssOf(css, originOf(domainId)) }),
    };
    return writer.run(updateGallery, { userId, publicId, now: clock.now(), fields: all }, once);
  }

  /** Throws NOT_FOUND. */
  async remove(userId: number, publicId: string): Promise<void> {
    await this.#options.writer.run(deleteGallery, { userId, publicId });
  }

  /** In their order. Throws NOT_FOUND. */
  items(userId: number, publicId: string): CountedItem[] {
    return this.itemsOf(this.#own(userId, publicId));
  }

  itemsOf({ id }: Gallery): CountedItem[] {
    const { reader } = this.#options;
    return countedItemsOf(reader, id);
  }

  /** Throws NOT_FOUND. */
  item(userId: number, publicId: string, itemId: string): CountedItem {
    const { reader } = this.#options;
    const item = findItem(reader, this.#own(userId, publicId).id, itemId);
    if (item === undefined) throw new AppError('NOT_FOUND', 'no such item');
    return withClicks(reader, item);
  }

  /** Throws NOT_FOUND, or VALIDATION_ERROR. */
  async addItem(userId: number, publicId: string, wanted: NewItem, once?: Once): Promise<CountedItem> {
    const { position, ...fields } = wanted;
    const place = { userId, publicId, now: this.#options.clock.now() };
    return this.#options.writer.run(createItem, { ...place, itemId: newId('itm'), fields, position }, once);
  }

  /** Throws NOT_FOUND, or VALIDATION_ERROR. */
  async updateItem(userId: number, publicId: string, itemId: string, change: ItemChange): Promise<CountedItem> {
    const { position, ...fields } = change;
    const place = { userId, publicId, now: this.#options.clock.now() };
    return this.#options.writer.run(updateItem, { ...place, itemId, fields, position });
  }

  /** Throws NOT_FOUND. */
  async removeItem(userId: number, publicId: string, itemId: string): Promise<void> {
    await this.#options.writer.run(deleteItem, { userId, publicId, itemId, now: this.#options.clock.now() });
  }

  /** Every item in its new order. Throws NOT_FOUND, or VALIDATION_ERROR naming the ids at fault. */
  async reorder(userId: number, publicId: string, arrangement: Arrangement): Promise<CountedItem[]> {
    const place = { userId, publicId, now: this.#options.clock.now() };
    return this.#options.writer.run(reorderItems, { ...place, arrangement });
  }

  /** The gallery at an address, published or not; undefined where there is none. */
  findAt(domainId: number, slug: string): Gallery | undefined {
    return findGalleryAt(this.#options.reader, domainId, slug);
  }

  /** What a visitor sees of it at this moment. */
  shown(gallery: Gallery): PublicGallery {
    const now = this.#options.clock.now();
    return { gallery, items: itemsOf(this.#options.reader, gallery.id).filter((item) => isShown(item, now)) };
  }

  /** What anyone may see under a domain's name; undefined where there is nothing, or nothing published. */
  findPublic(domainName: string, slug: string): PublicGallery | undefined {
    const domain = this.#options.domains.byName(domainName);
    const gallery = domain && this.findAt(domain.id, slug);
    return gallery?.isPublished === true ? this.shown(gallery) : undefined;
  }

  #own(userId: number, publicId: string): Gallery {
    const gallery = findGallery(this.#options.reader, userId, publicId);
    if (gallery === undefined) throw new AppError('NOT_FOUND', 'no such gallery');
    return gallery;
  }

  async #createOnce(
    { userId, maxGalleries }: Owner,
    wanted: NewGallery,
    draw: number,
    once: Once | undefined,
  ): Promise<CountedGallery> {
    const { reader, writer, clock, reserved, domainFor, originOf } = this.#options;
    const { slug, domain, ...fields } = wanted;
    const domainId = domainFor(userId, domain).id;
    const now = clock.now();
    const gallery = {
      ...fields,
      publicId: newId('gal'),
      userId,
      domainId,
      slug: slug ?? generateSlug(slugLength + draw, undefined, reserved),
      servedCss: fields.customCss === null ? null : await servedCssOf(fields.customCss, originOf(domainId)),
      createdAt: now,
      updatedAt: now,
    };
    // An answer that is given again shows the gallery as it was then, with its views of now.
    return withViews(reader, await writer.run(createGallery, { gallery, maxGalleries }, once));
  }
}
