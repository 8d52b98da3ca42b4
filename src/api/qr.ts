// /api/v1/qr: codes drawn at once for anybody, and saved ones with their images.

import * as z from 'zod';
import type { ErrorCode } from '../core/errors.ts';
import { invalidField } from '../core/errors.ts';
import { Faults, queryValues } from '../core/validation.ts';
import { data, list, noContent } from '../http/answer.ts';
import { knowsTag } from '../http/lazy-file.ts';
import { pageOf, pagingSchema, parsePaging } from '../http/paging.ts';
import { dataDocs, type Documented, emptyDocs, listDocs } from '../http/route-docs.ts';
import type { PrivateRoute, PublicRoute, Route } from '../http/router.ts';
import type { DrawingPool } from '../qr/drawing-pool.ts';
import type { QrBatches } from '../qr/qr-batch.ts';
import type { QrCodes } from '../qr/qr-codes.ts';
import { parseGenerate, parseNewQr, parseQrBatch, parseQrChange } from '../qr/qr-input.ts';
import { generateSchema, newQrSchema, qrBatchSchema, qrChangeSchema } from '../qr/qr-schemas.ts';
import { type ImageFormat, imageFormats } from '../qr/style.ts';
import { imageAnswer, imageDocs, imageTag } from './qr-image.ts';
import { qrExample, type QrPresenter, qrSchema } from './qr-object.ts';

interface QrRoutesOptions {
  readonly codes: QrCodes;
  readonly batches: QrBatches;
  readonly presenter: QrPresenter;
  readonly pool: DrawingPool;
}

const idParam = { id: z.string().meta({ description: 'The id of the code: `qr_…`.', examples: [qrExample.id] }) };
const fieldErrors: readonly ErrorCode[] = ['VALIDATION_ERROR', 'INVALID_URL', 'UNAVAILABLE'];

const listSchema = pagingSchema.extend({
  linkId: z.string().max(100).optional().describe('Only codes that lead to this link.'),
});
const downloadSchema = z.strictObject({
  format: z.enum(imageFormats).optional().describe("Default: the code's own."),
});

const refusals =
  'What no scanner would read is refused, with what to change: too little contrast, light on dark, no quiet zone, ' +
  'more text than the size has room for, a logo that hides too much.';

function parseListing(query: URLSearchParams) {
  const linkId = query.get('linkId') ?? undefined;
  if (query.getAll('linkId').length > 1) throw invalidField('linkId', 'linkId is given more than once');
  if (linkId !== undefined && linkId.length > 100) throw invalidField('linkId', 'linkId is longer than 100 characters');
  const others = new URLSearchParams(query);
  others.delete('linkId');
  return { linkId: linkId === '' ? undefined : linkId, paging: parsePaging(others) };
}

function parseDownload(query: URLSearchParams): ImageFormat | undefined {
  const faults = new Faults();
  const shape = faults.check(downloadSchema, queryValues(query, { format: 'text' }, faults));
  faults.throwIfAny();
  return shape?.format;
}

function generateRoute({ pool }: QrRoutesOptions): Documented<PublicRoute> {
  return {
    method: 'POST',
    path: '/api/v1/qr/generate',
    scope: 'public',
    docs: {
      id: 'generateQr',
      tag: 'QR codes',
      summary: 'Draw a QR code',
      description: `Needs no key, and keeps nothing. ${refusals}`,
      body: {
        schema: generateSchema,
        examples: {
          'As short as it gets': { url: 'https://example.com/summer' },
          'Dots in blue': {
            url: 'https://example.com/summer',
            size: 512,
            foregroundColor: '#1A365D',
            cornerRadius: 50,
            eyeStyle: 'rounded',
            errorCorrection: 'Q',
            format: 'png',
          },
        },
      },
      responses: { 200: imageDocs('The image, exactly `size` pixels a side.') },
      errors: [...fieldErrors, 'RATE_LIMITED'],
    },
    async handle({ json }) {
      const { text, style, logo } = parseGenerate(await json());
      // Without a logo, what the rules let pass can be read: tests decode every kind of it.
      const order = { text, style, logo: logo && { file: logo }, format: style.format, isVerified: logo !== null };
      return imageAnswer(await pool.run({ kind: 'draw', order }, 'anonymous'), style, style.format);
    },
  };
}

function batchRoute({ batches }: QrRoutesOptions): Documented<PrivateRoute> {
  return {
    method: 'POST',
    path: '/api/v1/qr/batch',
    scope: 'qr:*',
    docs: {
      id: 'downloadQrBatch',
      tag: 'QR codes',
      summary: 'Draw the codes of many links',
      description:
        'A zip archive with an image for each link, named `0001-slug.svg`, in the order of the request. Nothing is saved.',
      body: {
        schema: qrBatchSchema,
        examples: {
          'Two for print': { linkIds: ['lnk_4fQmT2xVb9KcR7aE', 'lnk_9Kd2LmPqR4sTuVwX'], size: 1024, format: 'png' },
        },
      },
      responses: {
        200: {
          description: 'The archive.',
          contents: [
            {
              type: 'application/zip',
              schema: z.string().meta({ contentMediaType: 'application/zip' }),
              examples: {},
            },
          ],
        },
      },
      errors: fieldErrors,
    },
    async handle({ identity, json }) {
      const archive = await batches.archive(identity.userId, parseQrBatch(await json()));
      const headers = {
        'Content-Type': 'application/zip',
        'Content-Disposition': 'attachment; filename="qr-codes.zip"',
        'X-Content-Type-Options': 'nosniff',
      };
      return { status: 200, body: archive, headers };
    },
  };
}

function downloadRoute({ codes, pool }: QrRoutesOptions): Documented<PrivateRoute> {
  return {
    method: 'GET',
    path: '/api/v1/qr/:id/download',
    scope: 'qr:*',
    docs: {
      id: 'downloadQr',
      tag: 'QR codes',
      summary: 'Get the image of a saved code',
      params: idParam,
      query: downloadSchema,
      responses: {
        200: imageDocs('The image, exactly `size` pixels a side.', {
          ETag: 'Changes with the image: send it as `If-None-Match` to be told that yours is still right.',
        }),
        304: { description: 'It is the one that `If-None-Match` names.', contents: [] },
      },
      errors: ['VALIDATION_ERROR', 'NOT_FOUND', 'UNAVAILABLE'],
    },
    async handle({ identity, params, query, headers }) {
      const { qr } = codes.get(identity.userId, params['id'] ?? '');
      const format = parseDownload(query) ?? qr.style.format;
      const order = codes.orderOf(qr, format);
      const tag = imageTag(order);
      // Kept, but asked about each time: the code may be changed.
      const caching = { ETag: tag, 'Cache-Control': 'private, no-cache' };
      if (knowsTag(headers, tag)) return { status: 304, body: undefined, headers: caching };
      const drawing = await pool.run({ kind: 'draw', order });
      const disposition = `inline; filename="${qr.publicId}.${format}"`;
      return imageAnswer(drawing, qr.style, format, { ...caching, 'Content-Disposition': disposition });
    },
  };
}

export function qrRoutes(options: QrRoutesOptions): Documented<Route>[] {
  const { codes, presenter } = options;
  return [
    generateRoute(options),
    batchRoute(options),
    {
      method: 'POST',
      path: '/api/v1/qr',
      scope: 'qr:*',
      docs: {
        id: 'createQr',
        tag: 'QR codes',
        summary: 'Save a QR code',
        description: `With \`linkId\` it leads to that link, wherever that leads, and its scans are counted. Before it is saved it is decoded from its own pixels. ${refusals}`,
        body: {
          schema: newQrSchema,
          examples: {
            'For a poster': {
              name: 'Poster at the station',
              linkId: 'lnk_4fQmT2xVb9KcR7aE',
              size: 512,
              foregroundColor: '#1A365D',
            },
            'With a logo': { url: 'https://example.com/summer', logoUrl: 'https://example.com/logo.png' },
          },
        },
        takesIdempotencyKey: true,
        responses: { 201: dataDocs('The code.', qrSchema, qrExample) },
        errors: [...fieldErrors, 'LIMIT_REACHED', 'NOT_FOUND'],
      },
      async handle({ identity, json, once }) {
        const wanted = parseNewQr(await json());
        return data(presenter.object(await codes.create(identity, wanted, await once())), 201);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/qr',
      scope: 'qr:*',
      docs: {
        id: 'listQr',
        tag: 'QR codes',
        summary: 'List your QR codes',
        query: listSchema,
        responses: { 200: listDocs('One page of codes, the newest first.', qrSchema, qrExample) },
        errors: [],
      },
      handle({ identity: { userId }, query }) {
        const { linkId, paging } = parseListing(query);
        const { codes: found, total } = codes.list({ userId, linkId }, { ...paging, limit: paging.perPage + 1 });
        const { rows, meta } = pageOf(
          found.map((code) => ({ id: code.qr.id, code })),
          total,
          paging,
        );
        return list(
          rows.map(({ code }) => presenter.object(code)),
          meta,
        );
      },
    },
    {
      method: 'GET',
      path: '/api/v1/qr/:id',
      scope: 'qr:*',
      docs: {
        id: 'getQr',
        tag: 'QR codes',
        summary: 'Get a saved code',
        params: idParam,
        responses: { 200: dataDocs('The code.', qrSchema, qrExample) },
        errors: ['NOT_FOUND'],
      },
      handle: ({ identity, params }) => data(presenter.object(codes.get(identity.userId, params['id'] ?? ''))),
    },
    {
      method: 'PATCH',
      path: '/api/v1/qr/:id',
      scope: 'qr:*',
      docs: {
        id: 'changeQr',
        tag: 'QR codes',
        summary: 'Change a saved code',
        description:
          'Another `linkId` changes where a printed code leads, since its tracking URL stays the same. `null` clears a field, or sets its default.',
        params: idParam,
        body: {
          schema: qrChangeSchema,
          examples: {
            'Another look': { cornerRadius: 50, eyeStyle: 'rounded' },
            'Without its logo': { logo: null },
          },
        },
        responses: { 200: dataDocs('The code as it is now.', qrSchema, qrExample) },
        errors: [...fieldErrors, 'NOT_FOUND'],
      },
      async handle({ identity, params, json }) {
        const change = parseQrChange(await json());
        return data(presenter.object(await codes.update(identity.userId, params['id'] ?? '', change)));
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/qr/:id',
      scope: 'qr:*',
      docs: {
        id: 'deleteQr',
        tag: 'QR codes',
        summary: 'Delete a saved code',
        description: 'Its tracking URL answers 404 from now on. The clicks that came by it stay counted.',
        params: idParam,
        responses: { 204: emptyDocs('It is gone.') },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params }) {
        await codes.delete(identity.userId, params['id'] ?? '');
        return noContent;
      },
    },
    downloadRoute(options),
  ];
}
