// The native object of a saved QR code: every key always present, the style and the scans both nested and flat, for clients of either habit.

import * as z from 'zod';
import type { CountedQrCode } from '../qr/qr-code.ts';
import type { QrCodes } from '../qr/qr-codes.ts';
import { effectiveCorrection, errorCorrections, eyeStyles, imageFormats } from '../qr/style.ts';
import type { LinkPresenter } from './link-object.ts';

const instant = z.string().meta({ format: 'date-time' });

const styleShape = {
  size: z.int(),
  foregroundColor: z.string(),
  backgroundColor: z.string(),
  logoUrl: z.string().nullable().describe('Where the logo was fetched from; null where it was sent, or there is none.'),
  logoSize: z.number(),
  cornerRadius: z.number(),
  errorCorrection: z.enum(errorCorrections).describe('With which the code is made: H where it has a logo.'),
  margin: z.int(),
  eyeStyle: z.enum(eyeStyles),
  format: z.enum(imageFormats),
  hasLogo: z.boolean(),
};
const statsShape = {
  scanCount: z.int().min(0).describe('Scans that counted as clicks, up to now. Only codes with a link can be counted.'),
  lastScannedAt: instant.nullable(),
};

export const qrSchema = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    url: z
      .string()
      .describe('What the code holds or, with a link, what it stands for: the short URL where nothing else was given.'),
    trackingUrl: z.string().nullable().describe('What a code with a link holds: leads there, and counts the scan.'),
    linkId: z.string().nullable(),
    style: z.object(styleShape),
    isErrorCorrectionRaised: z
      .boolean()
      .describe('Whether a logo raised the error correction above what was asked for.'),
    imageUrl: z.string().describe('Its image, for whoever has the key.'),
    stats: z.object(statsShape),
    ...styleShape,
    ...statsShape,
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'QrCode', description: 'A saved QR code. Every key is always there; what is absent is null.' });

export type QrObject = z.output<typeof qrSchema>;

const exampleStyle = {
  size: 512,
  foregroundColor: '#1A365D',
  backgroundColor: '#FFFFFF',
  logoUrl: null,
  logoSize: 20,
  cornerRadius: 10,
  errorCorrection: 'M',
  margin: 4,
  eyeStyle: 'square',
  format: 'svg',
  hasLogo: false,
} as const;
const exampleStats = { scanCount: 311, lastScannedAt: '2026-07-14T16:20:05.120Z' };

export const qrExample: QrObject = {
  id: 'qr_7Kd3LmPqR4sTuVwX',
  name: 'Poster at the station',
  url: 'https://go.example/summer',
  trackingUrl: 'https://go.example/q/4fQmT2xVb9',
  linkId: 'lnk_4fQmT2xVb9KcR7aE',
  style: exampleStyle,
  isErrorCorrectionRaised: false,
  imageUrl: 'https://go.example/api/v1/qr/qr_7Kd3LmPqR4sTuVwX/download',
  stats: exampleStats,
  ...exampleStyle,
  ...exampleStats,
  createdAt: '2026-06-01T08:00:00.000Z',
  updatedAt: '2026-06-02T09:30:00.000Z',
};

interface QrPresenterOptions {
  readonly codes: QrCodes;
  readonly links: LinkPresenter;
  /** Of the API. */
  readonly origin: () => string;
}

export class QrPresenter {
  readonly #options: QrPresenterOptions;

  constructor(options: QrPresenterOptions) {
    this.#options = options;
  }

  object({ qr, scanCount, lastScannedAt }: CountedQrCode): QrObject {
    const { codes, links, origin } = this.#options;
    const { link, logoUrl, hasLogo } = qr;
    const errorCorrection = effectiveCorrection(qr.style, hasLogo);
    const style = { ...qr.style, errorCorrection, logoUrl, hasLogo };
    const stats = {
      scanCount,
      lastScannedAt: lastScannedAt === null ? null : new Date(lastScannedAt).toISOString(),
    };
    return {
      id: qr.publicId,
      name: qr.name,
      url: qr.url ?? (link === null ? '' : links.shortUrl(link)),
      trackingUrl: codes.trackingUrl(qr),
      linkId: link && link.publicId,
      style,
      isErrorCorrectionRaised: errorCorrection !== qr.style.errorCorrection,
      imageUrl: `${origin()}/api/v1/qr/${qr.publicId}/download`,
      stats,
      ...style,
      ...stats,
      createdAt: new Date(qr.createdAt).toISOString(),
      updatedAt: new Date(qr.updatedAt).toISOString(),
    };
  }
}
