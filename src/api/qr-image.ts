// How the image of a QR code goes out: its headers, its tag, and what the documentation says of both.

import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Answer } from '../http/answer.ts';
import type { ResponseDocs } from '../http/route-docs.ts';
import type { Drawing, DrawOrder } from '../qr/draw.ts';
import type { ImageFormat, QrStyle } from '../qr/style.ts';

const types: Readonly<Record<ImageFormat, string>> = { svg: 'image/svg+xml', png: 'image/png' };
const correctionHeader = 'X-QR-Error-Correction';
/** Rises whenever codes are drawn in another way, so that no client keeps an image of the old one. */
const drawingVersion = 3;

/** `H`, or `H; raised-from=M` where a logo raised it. */
function correctionShown(used: string, { errorCorrection: wished }: QrStyle): string {
  return used === wished ? used : `${used}; raised-from=${wished}`;
}

export function imageAnswer(
  { image, errorCorrection }: Drawing,
  style: QrStyle,
  format: ImageFormat,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status: 200,
    body: image,
    headers: {
      'Content-Type': types[format],
      'X-Content-Type-Options': 'nosniff',
      // An SVG that is opened by itself is a document of our origin.
      'Content-Security-Policy': "default-src 'none'; img-src data:",
      [correctionHeader]: correctionShown(errorCorrection, style),
      ...headers,
    },
  };
}

/** Two images with the same tag are the same, to the byte. */
export function imageTag({ text, style, logo, format }: DrawOrder): string {
  const hash = createHash('sha256').update(JSON.stringify([drawingVersion, text, style, format]));
  if (logo !== null) hash.update('prepared' in logo ? logo.prepared.png : logo.file);
  return `"${hash.digest('base64url').slice(0, 22)}"`;
}

/** @param headers what else comes with it */
export function imageDocs(description: string, headers: Readonly<Record<string, string>> = {}): ResponseDocs {
  return {
    description,
    headers: {
      [correctionHeader]: 'The error correction of the code; `H; raised-from=M` where a logo raised it.',
      ...headers,
    },
    contents: [
      { type: types.svg, schema: z.string(), examples: {} },
      {
        type: types.png,
        schema: z.string().meta({ contentMediaType: types.png }),
        examples: {},
      },
    ],
  };
}
