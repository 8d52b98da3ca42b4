// Raw hits and roll-ups: GET /links/:id/clicks as pages of JSON, and all of them streamed as CSV or NDJSON.

import * as z from 'zod';
import type { ExportSubject } from '../clicks/click-export.ts';
import { clickPublicId, parseClickId } from '../clicks/click-id.ts';
import type { Exports } from '../clicks/exports.ts';
import { type ExportFormat, exportFormats, type ExportScope, exportTypes } from '../clicks/export-format.ts';
import { type RawHit, rawHitFields } from '../clicks/raw-hit.ts';
import type { RawHitStore } from '../clicks/raw-hit-store.ts';
import { rollUpFields } from '../clicks/roll-up-row-store.ts';
import { verdicts } from '../clicks/verdict.ts';
import { csvLine } from '../core/csv.ts';
import { invalidField } from '../core/errors.ts';
import { quarterMs } from '../core/periods.ts';
import { parseInstant } from '../core/instant.ts';
import { textField } from '../core/text-field.ts';
import { Faults, queryValues } from '../core/validation.ts';
import { type Answer, list } from '../http/answer.ts';
import { type Documented, listDocs, type ResponseDocs } from '../http/route-docs.ts';
import type { ApiRequest, PrivateRoute } from '../http/router.ts';
import { streamed } from '../http/streamed-answer.ts';
import type { Links } from '../links/links.ts';
import { linkIdParam } from './link-docs.ts';

interface ClickExportRoutesOptions {
  readonly links: Links;
  readonly hits: RawHitStore;
  readonly exports: Exports;
}

const text = z.string().nullable();

const hitSchema = z
  .object({
    id: z.string(),
    clickedAt: z.string().meta({ format: 'date-time' }),
    counted: z.boolean(),
    verdict: z.enum(verdicts).describe('`counted`, or the one reason why it is none.'),
    linkId: z.string(),
    domain: z.string(),
    slug: z.string(),
    country: text.describe('ISO 3166-1 alpha-2.'),
    region: text.describe('ISO 3166-2.'),
    regionName: text,
    city: text,
    postalCode: text,
    latitude: z.number().nullable(),
    longitude: z.number().nullable(),
    timezone: text,
    continent: text,
    device: text,
    browser: text,
    browserVersion: text,
    os: text,
    osVersion: text,
    userAgent: text,
    referrer: text.describe('Host.'),
    referrerUrl: text,
    language: text,
    utmSource: text,
    utmMedium: text,
    utmCampaign: text,
    utmTerm: text,
    utmContent: text,
    target: text.describe('Which target was chosen.'),
    qr: text.describe('The QR code that was scanned.'),
    address: text.describe('As `privacy.ip` allows.'),
    visitor: text.describe('The same for the same visitor on one UTC day.'),
  })
  .meta({ id: 'Click', description: 'One hit. null: not known, or not kept.' });

const hitExample: RawHit = {
  id: 'clk_00000000a4k',
  clickedAt: '2026-07-14T16:20:05.120Z',
  counted: true,
  verdict: 'counted',
  linkId: 'lnk_4fQmT2rVx8YbNc1Z',
  domain: 'go.example',
  slug: 'summer',
  country: 'DE',
  region: 'DE-BY',
  regionName: 'Bavaria',
  city: 'Munich',
  postalCode: null,
  latitude: 48.14,
  longitude: 11.58,
  timezone: 'Europe/Berlin',
  continent: 'EU',
  device: 'mobile',
  browser: 'Firefox',
  browserVersion: '140.0',
  os: 'Android',
  osVersion: '16',
  userAgent: 'Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
  referrer: 'news.example',
  referrerUrl: 'https://news.example/today',
  language: 'de',
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  utmTerm: null,
  utmContent: null,
  target: 'destination',
  qr: null,
  address: '203.0.113.0',
  visitor: '5f0c3a9be217',
};

const rollUpSchema = z
  .object({
    from: z.string().meta({ format: 'date-time' }).describe('Start of the quarter-hour.'),
    hits: z.int().min(1),
    ...hitSchema.pick({
      counted: true,
      verdict: true,
      linkId: true,
      domain: true,
      slug: true,
      country: true,
      region: true,
      city: true,
      device: true,
      browser: true,
      browserVersion: true,
      os: true,
      osVersion: true,
      referrer: true,
      referrerUrl: true,
      language: true,
      utmSource: true,
      utmMedium: true,
      utmCampaign: true,
      utmTerm: true,
      utmContent: true,
      target: true,
      qr: true,
    }).shape,
  })
  .meta({ id: 'RollUp', description: 'How many hits of one kind there were in a quarter-hour. null: not known.' });

const hitPage = listDocs('The hits.', hitSchema, hitExample);

const formatField = z
  .enum(['json', ...exportFormats])
  .optional()
  .describe('Instead of `Accept`.');
const clicksQuerySchema = z.strictObject({
  perPage: z.int().min(1).max(100).default(20).describe('Of JSON; exports have no pages.'),
  cursor: textField(100).optional().describe('The id of the last click that you have: what comes after it is sent.'),
  format: formatField,
});
const rollUpQuerySchema = z.strictObject({
  cursor: textField(40).optional().describe('`from` of the last row that you have: rows from that time on are sent.'),
  format: formatField,
});
const allQuerySchema = z.strictObject({
  subject: z.enum(['clicks', 'stats']).default('clicks').describe('Hits one by one, or roll-ups.'),
  cursor: textField(100).optional().describe('As in the exports of a link.'),
  format: formatField,
});

const exportHeaders = { 'X-Total-Count': 'How many hits are stored; tells how far an export has come.' };
/** CSV, and NDJSON of which the schema is that of a line. */
const exportContents = (line: z.ZodType): ResponseDocs['contents'] => [
  { type: 'text/csv', schema: z.string(), examples: {} },
  { type: 'application/x-ndjson', schema: line, examples: {} },
];

/** What the client would rather have: `format`, or the first of the types that it accepts. */
function formatOf({ headers }: ApiRequest, asked: 'json' | ExportFormat | undefined, fallback: 'json' | ExportFormat) {
  if (asked !== undefined) return asked;
  const known = /text\/csv|application\/(?:x-)?ndjson|application\/json/i.exec(headers.accept ?? '')?.[0].toLowerCase();
  if (known === undefined) return fallback;
  return known === 'text/csv' ? 'csv' : known.includes('ndjson') ? 'ndjson' : 'json';
}

function idOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const id = parseClickId(cursor);
  if (id === undefined) throw invalidField('cursor', 'cursor is not the id of a click');
  return id;
}

function quarterOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const time = parseInstant(cursor);
  if (time === undefined) throw invalidField('cursor', 'cursor is not the time of a row');
  return Math.floor(time / quarterMs);
}

function checkedQuery<Schema extends z.ZodObject>(query: URLSearchParams, schema: Schema): z.output<Schema> {
  const faults = new Faults();
  const values = queryValues(query, { perPage: 'integer', cursor: 'text', format: 'text', subject: 'text' }, faults);
  const asked = faults.check(schema, values);
  faults.throwIfAny();
  return asked!;
}

export function clickExportRoutes({ links, hits, exports }: ClickExportRoutesOptions): Documented<PrivateRoute>[] {
  /** All rows from the position on; the header only where they begin. */
  async function exported(
    request: ApiRequest,
    subject: ExportSubject,
    format: ExportFormat,
    scope: ExportScope,
    position: number | undefined,
  ): Promise<Answer> {
    exports.requireRoom();
    const total = await exports.count(scope);
    async function* chunks(): AsyncGenerator<string | Uint8Array> {
      if (format === 'csv' && position === undefined) yield csvLine(subject === 'clicks' ? rawHitFields : rollUpFields);
      yield* exports.pages(subject, { scope, format, position });
    }
    const of = scope.linkId === undefined ? 'all' : request.params['id'];
    return streamed({
      type: exportTypes[format],
      headers: {
        'X-Total-Count': String(total),
        'Content-Disposition': `attachment; filename="${subject}-${of}.${format}"`,
      },
      asked: request.headers,
      room: exports,
      chunks,
    });
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/links/:id/clicks',
      scope: 'analytics:read',
      docs: {
        id: 'listClicks',
        tag: 'Statistics',
        summary: 'List or export the hits of a link',
        description:
          'Newest first, those that do not count included, each with the reason. As CSV or NDJSON (`Accept` or `format`) all of them ' +
          'are streamed; one that broke off goes on with the id of its last row as `cursor`. Texts that a spreadsheet would run begin with an apostrophe.',
        params: linkIdParam,
        query: clicksQuerySchema,
        responses: {
          200: {
            ...hitPage,
            headers: exportHeaders,
            contents: [...hitPage.contents, ...exportContents(hitSchema)],
          },
        },
        errors: ['NOT_FOUND', 'UNAVAILABLE'],
      },
      async handle(request) {
        const { identity, params } = request;
        const { perPage, cursor, format } = checkedQuery(request.query, clicksQuerySchema);
        const { link } = links.get(identity.userId, params['id'] ?? '');
        const before = idOf(cursor);
        if (before !== undefined && hits.isOfAnother(before, link.id))
          throw invalidField('cursor', 'cursor is the id of a click on another link');
        const wanted = formatOf(request, format, 'json');
        if (wanted !== 'json')
          return exported(request, 'clicks', wanted, { userId: identity.userId, linkId: link.id }, before);
        const found = hits.ofLink(link.id, before, perPage);
        const nextCursor = found.before === null ? null : clickPublicId(found.before);
        const total = hits.countOfLink(link.id);
        const page = cursor === undefined ? 1 : null;
        return {
          ...list(found.hits, { page, perPage, total, hasMore: nextCursor !== null, nextCursor }),
          headers: { 'X-Total-Count': String(total) },
        };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/links/:id/stats/export',
      scope: 'analytics:read',
      docs: {
        id: 'exportLinkStats',
        tag: 'Statistics',
        summary: 'Export the roll-ups of a link',
        description:
          'Oldest first: for each quarter-hour and each kind of hit how many there were, also of hits whose rows retention has deleted. ' +
          'One that broke off goes on with `from` of its last row as `cursor`; drop the rows of that time first.',
        params: linkIdParam,
        query: rollUpQuerySchema,
        responses: {
          200: { description: 'The rows.', headers: exportHeaders, contents: exportContents(rollUpSchema) },
        },
        errors: ['NOT_FOUND', 'UNAVAILABLE'],
      },
      async handle(request) {
        const { identity, params } = request;
        const { cursor, format } = checkedQuery(request.query, rollUpQuerySchema);
        const { link } = links.get(identity.userId, params['id'] ?? '');
        const scope = { userId: identity.userId, linkId: link.id };
        return exported(request, 'stats', rowsFormat(formatOf(request, format, 'csv')), scope, quarterOf(cursor));
      },
    },
    {
      method: 'GET',
      path: '/api/v1/analytics/export',
      scope: 'analytics:read',
      docs: {
        id: 'exportAnalytics',
        tag: 'Statistics',
        summary: 'Export the hits or roll-ups of all links',
        description: 'As the exports of a link: hits newest first, roll-ups oldest first.',
        query: allQuerySchema,
        responses: {
          200: {
            description: 'The rows.',
            headers: exportHeaders,
            contents: exportContents(z.union([hitSchema, rollUpSchema])),
          },
        },
        errors: ['UNAVAILABLE'],
      },
      async handle(request) {
        const { subject, cursor, format } = checkedQuery(request.query, allQuerySchema);
        const scope = { userId: request.identity.userId, linkId: undefined };
        const position = subject === 'clicks' ? idOf(cursor) : quarterOf(cursor);
        return exported(request, subject, rowsFormat(formatOf(request, format, 'csv')), scope, position);
      },
    },
  ];
}

/** Exports alone have no JSON: it would have to be read as a whole. */
function rowsFormat(format: 'json' | ExportFormat): ExportFormat {
  return format === 'json' ? 'ndjson' : format;
}
