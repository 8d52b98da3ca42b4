// What a user can do with saved QR codes: make, find, list, change and delete them, and have their images. Nothing is saved that
// was not decoded from its own pixels.

import type { PlanLimits } from '../accounts/plans.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, invalidField } from '../core/errors.ts';
import { base62Alphabet, newId, randomText } from '../core/ids.ts';
import { Faults } from '../core/validation.ts';
import type { Link } from '../links/link.ts';
import type { Links } from '../links/links.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import type { DrawOrder } from './draw.ts';
import type { DrawingPool } from './drawing-pool.ts';
import type { Logo } from './logo.ts';
import type { LogoSource } from './logo-source.ts';
import { codeLength, type CountedQrCode, type QrCode, type QrFields, trackingPath } from './qr-code.ts';
import type { NewQr, QrChange } from './qr-input.ts';
import { countQrs, findQr, findQrLogo, listQrs, type QrFilter, type QrPlace } from './qr-store.ts';
import { createQr, deleteQr, updateQr } from './qr-write-store.ts';
import { checkStyle, type ImageFormat, type QrStyle } from './style.ts';

interface QrCodesOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly links: Links;
  readonly pool: DrawingPool;
  readonly logos: LogoSource;
  /** Scheme, host and port of a domain. */
  readonly originOf: (domainId: number) => string;
  readonly clock: Clock;
}

/** Who saves a code. */
export interface QrOwner {
  readonly userId: number;
  readonly limits: Pick<PlanLimits, 'maxQrCodes'>;
}

// Two changes of one code at the same moment are rare, and each round lets one of them through.
const maxAttempts = 10;

/** As it will be stored, and what it would encode. */
interface Prepared {
  readonly fields: QrFields;
  readonly text: string;
}

export class QrCodes {
  readonly #options: QrCodesOptions;

  constructor(options: QrCodesOptions) {
    this.#options = options;
  }

  /** Throws LIMIT_REACHED, or VALIDATION_ERROR where the code could not be scanned. */
  async create({ userId, limits }: QrOwner, wanted: NewQr, once?: Once): Promise<CountedQrCode> {
    const { writer, clock } = this.#options;
    const code = randomText(base62Alphabet, codeLength);
    const link = wanted.linkId === null ? null : this.#ownLink(userId, wanted.linkId);
    const { name, url, style, logoUrl } = wanted;
    const file = logoUrl === null ? wanted.logo : await this.#options.logos.fetch(logoUrl);
    const text = this.#textOf(code, url, link);
    const logo = await this.#drawable(text, style, file && { file }, logoUrl !== null);
    const fields = { name, url, linkId: link && link.id, style, logoUrl, logo };
    const { maxQrCodes } = limits;
    return writer.run(createQr, { publicId: newId('qr'), userId, code, fields, maxQrCodes, now: clock.now() }, once);
  }

  /** Throws NOT_FOUND, also for another user's code. */
  get(userId: number, publicId: string): CountedQrCode {
    const found = findQr(this.#options.reader, userId, publicId);
    if (found === undefined) throw new AppError('NOT_FOUND', 'no such QR code');
    return found;
  }

  list(filter: QrFilter, place: QrPlace): { codes: readonly CountedQrCode[]; total: number } {
    const { reader } = this.#options;
    return { codes: listQrs(reader, filter, place), total: countQrs(reader, filter) };
  }

  /** Throws NOT_FOUND, or VALIDATION_ERROR where the changed code could not be scanned; then nothing has changed. */
  async update(userId: number, publicId: string, change: QrChange): Promise<CountedQrCode> {
    const { writer, clock, logos } = this.#options;
    // First whether it is there: nobody makes us fetch a logo for a code that is not theirs.
    this.get(userId, publicId);
    const file = typeof change.logoUrl === 'string' ? await logos.fetch(change.logoUrl) : (change.logo ?? null);
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const { qr } = this.get(userId, publicId);
      const { fields } = await this.#changed(qr, change, file);
      const { version } = qr;
      const updated = await writer.run(updateQr, { publicId, userId, version, fields, now: clock.now() });
      if (updated !== undefined) return updated;
    }
    throw new AppError('UNAVAILABLE', 'the QR code is being changed too often; try again');
  }

  /** Its tracking URL leads nowhere from now on. Throws NOT_FOUND, also for another user's code. */
  async delete(userId: number, publicId: string): Promise<void> {
    await this.#options.writer.run(deleteQr, { publicId, userId });
  }

  /** What the image of a saved code is drawn from. */
  orderOf(qr: QrCode, format: ImageFormat): DrawOrder {
    const logo = qr.hasLogo ? findQrLogo(this.#options.reader, qr.id) : null;
    const text = this.#textOf(qr.code, qr.url, qr.link);
    return { text, style: qr.style, logo: logo && { prepared: logo }, format, isVerified: false };
  }

  trackingUrl({ code, link }: QrCode): string | null {
    return link && this.#options.originOf(link.domainId) + trackingPath(code);
  }

  #textOf(code: string, url: string | null, link: Pick<Link, 'domainId'> | null): string {
    return link === null ? (url as string) : this.#options.originOf(link.domainId) + trackingPath(code);
  }

  /** A link in a body: one that is not the caller's is a wrong value, not a wrong path. */
  #ownLink(userId: number, linkId: string): Link {
    try {
      return this.#options.links.get(userId, linkId).link;
    } catch (cause) {
      if (!(cause instanceof AppError) || cause.code !== 'NOT_FOUND') throw cause;
      throw invalidField('linkId', 'linkId is none of your links');
    }
  }

  async #changed(qr: QrCode, change: QrChange, file: Uint8Array | null): Promise<Prepared> {
    const { reader } = this.#options;
    const style = { ...qr.style, ...change.style };
    const faults = new Faults();
    checkStyle(style, faults);
    const url = change.url === undefined ? qr.url : change.url;
    const removesLink = change.linkId === null || (change.linkId === undefined && qr.link === null);
    if (url === null && removesLink) faults.add('url', 'is required, or linkId');
    faults.throwIfAny();
    const link =
      typeof change.linkId === 'string' ? this.#ownLink(qr.userId, change.linkId) : removesLink ? null : qr.link;
    const keepsLogo = change.logo === undefined && change.logoUrl === undefined;
    const before = keepsLogo && qr.hasLogo ? findQrLogo(reader, qr.id) : null;
    const source = file === null ? before && { prepared: before } : { file };
    const isFetched = typeof change.logoUrl === 'string';
    const text = this.#textOf(qr.code, url, link);
    const logo = await this.#drawable(text, style, source, isFetched);
    const fields = {
      name: change.name === undefined ? qr.name : change.name,
      url,
      linkId: link && link.id,
      style,
      logoUrl: keepsLogo ? qr.logoUrl : (change.logoUrl ?? null),
      logo,
    };
    return { fields, text };
  }

  /** Draws and decodes the code; gives its logo as it will be kept. */
  async #drawable(text: string, style: QrStyle, logo: DrawOrder['logo'], isFetched: boolean): Promise<Logo | null> {
    const order = { text, style, logo, format: null, isVerified: true };
    try {
      return (await this.#options.pool.run({ kind: 'draw', order })).logo;
    } catch (error) {
      throw isFetched && error instanceof AppError ? ofLogoUrl(error) : error;
    }
  }
}

/** What is wrong with a logo, said of the field that it came by. */
function ofLogoUrl(error: AppError): AppError {
  const renamed = (text: string): string => text.replace(/^logo /, 'logoUrl ');
  const details = error.details.map(({ path, message }) =>
    path === 'logo' ? { path: 'logoUrl', message: renamed(message) } : { path, message },
  );
  return new AppError(error.code, details.length > 0 ? renamed(error.message) : error.message, details, {
    cause: error,
  });
}
