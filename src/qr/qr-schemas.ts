// The shapes of what a QR code is asked for with: types and limits that need no context, from which the OpenAPI document is made, too.

import * as z from 'zod';
import { textField } from '../core/text-field.ts';
import { linesFault } from '../core/text-rules.ts';
import {
  defaultStyle,
  errorCorrections,
  eyeStyles,
  imageFormats,
  logoSizeLimits,
  maxDataBytes,
  maxMargin,
  sizeLimits,
} from './style.ts';

/** Links of one archive. */
export const maxBatchLinks = 500;
/** A picture of 256 kB in base64, with what says so before it. */
export const maxLogoText = 360_000;
const maxIdLength = 100;
const maxUrlLength = 2048;

const colorPattern = /^#[0-9A-Fa-f]{6}$/;
const color = z.string().regex(colorPattern, 'must be a colour such as #1A365D');

/** null is "the default", in a new code as in a change. */
const styleFields = {
  size: z
    .int()
    .min(sizeLimits.min)
    .max(sizeLimits.max)
    .nullish()
    .describe(`Side of the image in pixels, quiet zone included. Default: ${defaultStyle.size}.`),
  foregroundColor: color.nullish().describe('Of the modules. Default: `#000000`.'),
  backgroundColor: color.nullish().describe('Has to be lighter, with a contrast of at least 3:1. Default: `#FFFFFF`.'),
  cornerRadius: z
    .number()
    .min(0)
    .max(50)
    .nullish()
    .describe("Percent of a module's side; 50 makes dots. What scanners look for stays square. Default: 0."),
  eyeStyle: z.enum(eyeStyles).nullish().describe('Corners of the three large squares. Default: `square`.'),
  errorCorrection: z
    .enum(errorCorrections)
    .nullish()
    .describe('How much may be damaged: 7, 15, 25 or 30 percent. With a logo it is always H. Default: M.'),
  format: z.enum(imageFormats).nullish().describe('Default: svg.'),
  margin: z
    .int()
    .min(0)
    .max(maxMargin)
    .nullish()
    .describe('Quiet zone in modules, at least 1. Scanners are promised 4, which is the default.'),
  logo: z
    .string()
    .max(maxLogoText)
    .nullish()
    .describe(
      'A picture for the middle, as a data URL: PNG, JPEG or SVG, at most 256 kB and 4 million pixels. It is drawn anew as a PNG.',
    ),
  logoSize: z
    .number()
    .min(logoSizeLimits.min)
    .max(logoSizeLimits.max)
    .nullish()
    .describe("Percent of the code's side that the longer side of the logo takes. Default: 20."),
};

const text = textField(maxUrlLength, 1, linesFault).describe(
  `What the code holds: a URL, or any other text of at most ${maxDataBytes} bytes.`,
);
const logoUrl = z
  .string()
  .max(maxUrlLength)
  .nullish()
  .describe('Where to fetch the logo from, once, instead of sending it: https.');

/** Body of `POST /qr/generate`. */
export const generateSchema = z.strictObject({
  url: text,
  ...styleFields,
  logoUrl: logoUrl.describe('Not without a key: send the picture itself as `logo`.'),
});

const savedFields = {
  name: textField(200).nullish().describe('For yourself.'),
  url: text.nullish().describe('What the code holds. Not needed with `linkId`, whose tracking URL it then holds.'),
  linkId: z
    .string()
    .max(maxIdLength)
    .nullish()
    .describe('One of your links: the code leads there, and every scan is counted.'),
  ...styleFields,
  logoUrl,
};

/** Body of `POST /qr`. */
export const newQrSchema = z.strictObject(savedFields);
/** Body of `PATCH /qr/:id`. */
export const qrChangeSchema = z.strictObject(savedFields);

/** Body of `POST /qr/batch`. */
export const qrBatchSchema = z.strictObject({
  linkIds: z
    .array(z.string().max(maxIdLength))
    .min(1)
    .max(maxBatchLinks)
    .describe('Your links, each once. A code holds its short URL.'),
  ...styleFields,
});

export type StyleShape = Partial<Pick<z.output<typeof newQrSchema>, keyof typeof styleFields>>;
