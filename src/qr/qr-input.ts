// Turns request bodies into what QR codes are made from, with every fault of a body at once.

import { strict as assert } from 'node:assert';
import type * as z from 'zod';
import { Faults } from '../core/validation.ts';
import { forbiddenScheme } from '../links/destination.ts';
import { maxLogoBytes } from './logo.ts';
import { generateSchema, newQrSchema, qrBatchSchema, qrChangeSchema, type StyleShape } from './qr-schemas.ts';
import { checkStyle, defaultStyle, maxDataBytes, type QrStyle } from './style.ts';

export interface QrImageRequest {
  readonly text: string;
  readonly style: QrStyle;
  /** A file. */
  readonly logo: Uint8Array | null;
}

export interface NewQr {
  readonly name: string | null;
  readonly url: string | null;
  readonly linkId: string | null;
  readonly style: QrStyle;
  readonly logo: Uint8Array | null;
  readonly logoUrl: string | null;
}

/** Absent: as it is. null: none. */
export interface QrChange {
  readonly name?: string | null;
  readonly url?: string | null;
  readonly linkId?: string | null;
  readonly style: Partial<QrStyle>;
  readonly logo?: Uint8Array | null;
  readonly logoUrl?: string | null;
}

export interface QrBatch {
  readonly linkIds: readonly string[];
  readonly style: QrStyle;
  readonly logo: Uint8Array | null;
}

const styleKeys = Object.keys(defaultStyle) as (keyof QrStyle)[];

/** Those that are given; null is given, too, and means the default. */
function givenStyle(shape: StyleShape): Partial<QrStyle> {
  const given = styleKeys.filter((key) => shape[key] !== undefined);
  return Object.fromEntries(given.map((key) => [key, shape[key] ?? defaultStyle[key]]));
}

const logoType = /^data:image\/(?:png|jpe?g|svg\+xml)((?:;[\w-]+=[\w.-]+)*)(;base64)?,/i;

/** The file in a data URL. What kind of picture it is, its bytes say. */
function logoFile(url: string | null | undefined, faults: Faults): Uint8Array | null {
  if (url === null || url === undefined) return null;
  const head = logoType.exec(url);
  if (head === null) {
    faults.add('logo', 'must be a data URL of a PNG, JPEG or SVG: data:image/png;base64,…');
    return null;
  }
  const body = url.slice(head[0].length);
  const isBase64 = head[2] !== undefined;
  const file = isBase64 ? base64File(body) : percentFile(body);
  if (file === undefined) faults.add('logo', `is not valid ${isBase64 ? 'base64' : 'percent-encoding'}`);
  else if (file.length > maxLogoBytes) faults.add('logo', `is larger than ${maxLogoBytes / 1024} kB`);
  else if (file.length === 0) faults.add('logo', 'is empty');
  return file ?? null;
}

function base64File(body: string): Buffer | undefined {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(body) ? Buffer.from(body, 'base64') : undefined;
}

function percentFile(body: string): Buffer | undefined {
  try {
    return Buffer.from(decodeURIComponent(body));
  } catch {
    return undefined;
  }
}

function checkText(text: string | null | undefined, faults: Faults): void {
  if (text === null || text === undefined) return;
  if (Buffer.byteLength(text) > maxDataBytes) faults.add('url', `is longer than ${maxDataBytes} bytes`);
  const scheme = forbiddenScheme(text);
  if (scheme !== undefined) faults.add('url', `must not use the scheme ${scheme}:`, 'INVALID_URL');
}

interface Parsed<Shape> {
  readonly shape: Shape;
  readonly style: QrStyle;
  readonly logo: Uint8Array | null;
}

interface AnyShape extends StyleShape {
  readonly url?: string | null | undefined;
}

/** Throws VALIDATION_ERROR or INVALID_URL. `check` notes what is wrong besides. */
function parsed<Schema extends z.ZodType<AnyShape>>(
  schema: Schema,
  body: unknown,
  check: (shape: z.output<Schema>, faults: Faults) => void,
): Parsed<z.output<Schema>> {
  const faults = new Faults();
  const shape = faults.check(schema, body);
  let style = defaultStyle;
  let logo: Uint8Array | null = null;
  if (shape !== undefined) {
    style = { ...defaultStyle, ...givenStyle(shape) };
    checkStyle(style, faults);
    checkText(shape.url, faults);
    logo = logoFile(shape.logo, faults);
    check(shape, faults);
  }
  faults.throwIfAny();
  assert(shape !== undefined);
  return { shape, style, logo };
}

export function parseGenerate(body: unknown): QrImageRequest {
  const { shape, style, logo } = parsed(generateSchema, body, ({ logoUrl }, faults) => {
    // Whoever is unknown must not make us ask others for anything.
    if (typeof logoUrl === 'string') faults.add('logoUrl', 'is for saved codes: send the picture itself as logo');
  });
  return { text: shape.url, style, logo };
}

function checkLogoSource({ logo, logoUrl }: { logo?: unknown; logoUrl?: unknown }, faults: Faults): void {
  if (typeof logo === 'string' && typeof logoUrl === 'string') faults.add('logoUrl', 'cannot be combined with logo');
}

export function parseNewQr(body: unknown): NewQr {
  const { shape, style, logo } = parsed(newQrSchema, body, (given, faults) => {
    checkLogoSource(given, faults);
    if (typeof given.url !== 'string' && typeof given.linkId !== 'string') faults.add('url', 'is required, or linkId');
  });
  const { name = null, url = null, linkId = null, logoUrl = null } = shape;
  return { name, url, linkId, style, logo, logoUrl };
}

/** The style is checked where it is known as a whole: a colour that is right by itself may be wrong with the other that is there. */
export function parseQrChange(body: unknown): QrChange {
  const faults = new Faults();
  const shape = faults.check(qrChangeSchema, body);
  let logo: Uint8Array | null = null;
  if (shape !== undefined) {
    checkText(shape.url, faults);
    checkLogoSource(shape, faults);
    logo = logoFile(shape.logo, faults);
  }
  faults.throwIfAny();
  assert(shape !== undefined);
  const { name, url, linkId, logoUrl } = shape;
  return {
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { url }),
    ...(linkId === undefined ? {} : { linkId }),
    ...(logoUrl === undefined ? {} : { logoUrl }),
    ...(shape.logo === undefined ? {} : { logo }),
    style: givenStyle(shape),
  };
}

export function parseQrBatch(body: unknown): QrBatch {
  const { shape, style, logo } = parsed(qrBatchSchema, body, ({ linkIds }, faults) => {
    const seen = new Set<string>();
    linkIds.forEach((id, position) => {
      if (seen.has(id)) faults.add(`linkIds.${position}`, 'is named twice');
      seen.add(id);
    });
  });
  return { linkIds: shape.linkIds, style, logo };
}
