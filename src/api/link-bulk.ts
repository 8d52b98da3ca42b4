// POST /links/bulk and /links/bulk-archive, PUT /links, GET /links/check-slug: many links at once, and questions of a slug.

import * as z from 'zod';
import { AppError, invalidField } from '../core/errors.ts';
import { Faults, queryValues } from '../core/validation.ts';
import { type Answer, data, failure } from '../http/answer.ts';
import { dataDocs, type Documented, errorSchema, json, type ResponseDocs } from '../http/route-docs.ts';
import { actorOf, type PrivateRoute } from '../http/router.ts';
import { type BulkLinks, maxBulkLinks, maxBulkPasswords } from '../links/bulk-links.ts';
import { type LinkInputContext, type NewLink, parseLinkChange, parseNewLink } from '../links/link-input.ts';
import { newLinkSchema } from '../links/link-schemas.ts';
import type { Links } from '../links/links.ts';
import { parseSlug } from '../links/slug.ts';
import type { Once } from '../storage/writer-protocol.ts';
import { linkExample, linkFieldErrors, newLinkExamples } from './link-docs.ts';
import { type LinkPresenter, linkSchema } from './link-object.ts';

interface LinkBulkRoutesOptions {
  readonly links: Links;
  readonly bulk: BulkLinks;
  readonly presenter: LinkPresenter;
  /** What input is checked against: at this moment, or when the same was asked first. */
  readonly inputContext: (once?: Once) => LinkInputContext;
}

const archiveSchema = z.strictObject({ ids: z.array(z.string().max(100)).min(1).max(maxBulkLinks) });
const archivedSchema = z.object({
  archived: z.int().min(0).describe('How many are archived now, perhaps already since before.'),
  notFound: z.array(z.string()).describe("The ids of links that are not there, or are another user's."),
});

const bulkQuerySchema = z.strictObject({
  atomic: z
    .boolean()
    .default(false)
    .describe('Whether one link that fails makes all of them fail, and then none is made.'),
});
const newLinksSchema = z.array(newLinkSchema).min(1).max(maxBulkLinks);
// Documents what `bulkBodies` takes: each link is checked on its own there, so that the others can be made.
const bulkSchema = z.union([newLinksSchema, z.strictObject({ links: newLinksSchema })]);
const bulkResultSchema = z.object({
  success: z.literal(true),
  data: z
    .array(z.union([z.object({ success: z.literal(true), data: linkSchema }), errorSchema]))
    .describe('A result for each link, in the order of the request.'),
  meta: z.object({
    total: z.int().min(0),
    created: z.int().min(0),
    found: z.int().min(0).describe('Identical ones that there were already, for links with `findExisting`.'),
    failed: z.int().min(0),
  }),
});

function bulkDocs(description: string, results: z.input<typeof bulkResultSchema>['data']): ResponseDocs {
  const created = results.filter((result) => result.success).length;
  const meta = { total: results.length, created, found: 0, failed: results.length - created };
  const Answer: z.input<typeof bulkResultSchema> = { success: true, data: results, meta };
  return { description, contents: [{ type: json, schema: bulkResultSchema, examples: { Answer } }] };
}

const slugQuerySchema = z.strictObject({
  slug: z
    .string()
    .max(1_000)
    .meta({ description: 'The slug in question.', examples: ['summer'] }),
  domain: z.string().max(260).optional().describe('The default domain where absent.'),
});
const slugAnswerSchema = z.object({
  slug: z.string(),
  domain: z.string(),
  available: z.boolean(),
  reason: z
    .enum(['VALIDATION_ERROR', 'SLUG_RESERVED', 'SLUG_EXISTS'])
    .nullable()
    .describe('The error that making the link would get; null where it would get none.'),
});

function check<Schema extends z.ZodType>(schema: Schema, input: unknown, faults = new Faults()): z.output<Schema> {
  const parsed = faults.check(schema, input);
  faults.throwIfAny();
  return parsed as z.output<Schema>;
}

/** The list itself, or an object with nothing but `links`. */
function bulkBodies(body: unknown): unknown[] {
  const isWrapped = typeof body === 'object' && body !== null && !Array.isArray(body);
  const list: unknown = isWrapped && Object.keys(body).join() === 'links' ? (body as { links: unknown }).links : body;
  if (!Array.isArray(list))
    throw invalidField('links', 'the body must be a list of links, or an object with links alone');
  if (list.length === 0 || list.length > maxBulkLinks)
    throw invalidField('links', `links must have 1 to ${maxBulkLinks} items`);
  return list;
}

function resultOrFault<T>(parse: () => T): T | AppError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

export function linkBulkRoutes({
  links,
  bulk,
  presenter,
  inputContext,
}: LinkBulkRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/links/bulk',
      scope: 'links:write',
      docs: {
        id: 'createLinks',
        tag: 'Many links',
        summary: 'Make up to 1,000 links',
        description: `All in one transaction, with a result for each. At most ${maxBulkPasswords} of them may have a password.`,
        query: bulkQuerySchema,
        body: { schema: bulkSchema, examples: { 'A list': Object.values(newLinkExamples) } },
        takesIdempotencyKey: true,
        responses: {
          201: bulkDocs('Every link was made.', [{ success: true, data: linkExample }]),
          200: bulkDocs('At least one was not: it failed, or with `findExisting` there was an identical one.', [
            { success: true, data: linkExample },
            { success: false, error: { code: 'SLUG_EXISTS', message: 'slug is taken on this domain' } },
          ]),
        },
        errors: [...linkFieldErrors, 'LIMIT_REACHED'],
      },
      async handle({ identity, query, json, once }): Promise<Answer> {
        const faults = new Faults();
        const { atomic } = check(bulkQuerySchema, queryValues(query, { atomic: 'flag' }, faults), faults);
        const asked = await once();
        const context = inputContext(asked);
        const wanted = bulkBodies(await json()).map((body): NewLink | AppError =>
          resultOrFault(() => parseNewLink(body, context)),
        );
        const passwords = wanted.filter((link) => !(link instanceof AppError) && link.password !== null).length;
        if (passwords > maxBulkPasswords) {
          throw invalidField('links', `at most ${maxBulkPasswords} links of one call may have a password`);
        }
        const results = await bulk.create(actorOf(identity), wanted, atomic, asked);
        const failed = results.filter((result) => result instanceof AppError).length;
        const created = results.filter((result) => !(result instanceof AppError) && result.isNew).length;
        const shown = results.map((result) =>
          result instanceof AppError ? failure(result).body : { success: true, data: presenter.object(result) },
        );
        const meta = { total: results.length, created, found: results.length - created - failed, failed };
        return { status: created === results.length ? 201 : 200, body: { success: true, data: shown, meta } };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/links/bulk-archive',
      scope: 'links:write',
      docs: {
        id: 'archiveLinks',
        tag: 'Many links',
        summary: 'Archive up to 1,000 links',
        body: { schema: archiveSchema, examples: { 'Two links': { ids: [linkExample.id, 'lnk_unknown'] } } },
        takesIdempotencyKey: true,
        responses: {
          200: dataDocs('What became of them.', archivedSchema, { archived: 1, notFound: ['lnk_unknown'] }),
        },
        errors: [],
      },
      async handle({ identity, json, once }) {
        const { ids } = check(archiveSchema, await json());
        return data(await bulk.archive(actorOf(identity), ids, await once()));
      },
    },
    {
      method: 'PUT',
      path: '/api/v1/links',
      scope: 'links:write',
      docs: {
        id: 'putLink',
        tag: 'Many links',
        summary: 'Make a link, or change the one that has its slug',
        description: 'Needs a `slug`. Of a link that is there already, only what is given is changed.',
        body: {
          schema: newLinkSchema,
          examples: { 'By its slug': { destinationUrl: 'https://example.com/summer', slug: 'summer' } },
        },
        responses: {
          201: dataDocs('A new link.', linkSchema, linkExample),
          200: dataDocs('Your link that has this slug, as it is now.', linkSchema, linkExample),
        },
        errors: [...linkFieldErrors, 'LIMIT_REACHED'],
      },
      async handle({ identity, json }) {
        const body = await json();
        const context = inputContext();
        const wanted = parseNewLink(body, context);
        const { link, isNew } = await links.upsert(actorOf(identity), wanted, parseLinkChange(body, context));
        return data(presenter.object(link), isNew ? 201 : 200);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/links/check-slug',
      scope: 'links:read',
      docs: {
        id: 'checkSlug',
        tag: 'Many links',
        summary: 'Ask whether a slug is free',
        query: slugQuerySchema,
        responses: {
          200: dataDocs('Whether a link could be made with it now.', slugAnswerSchema, {
            slug: 'summer',
            domain: 'go.example',
            available: false,
            reason: 'SLUG_EXISTS',
          }),
        },
        errors: ['DOMAIN_NOT_VERIFIED'],
      },
      handle({ identity, query }) {
        const faults = new Faults();
        const values = queryValues(query, { slug: 'text', domain: 'text' }, faults);
        const { slug, domain } = check(slugQuerySchema, values, faults);
        const on = links.domainFor(identity.userId, domain ?? null);
        const parsed = resultOrFault(() => parseSlug(slug, { reserved: inputContext().reserved }));
        const isTaken = typeof parsed === 'string' && links.isTaken(on, parsed);
        const reason = parsed instanceof AppError ? parsed.code : isTaken ? 'SLUG_EXISTS' : null;
        return data({ slug: slug.normalize('NFC'), domain: on.host, available: reason === null, reason });
      },
    },
  ];
}
