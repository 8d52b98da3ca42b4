// POST /links/bulk and /links/bulk-archive, PUT /links, GET /links/check-slug: many links at once, and questions of a slug.

import { z } from 'zod';
import { AppError, invalidField } from '../core/errors.ts';
import { Faults, queryValues } from '../core/validation.ts';
import { type Answer, data, failure } from '../http/answer.ts';
import { actorOf, type PrivateRoute } from '../http/router.ts';
import { type BulkLinks, maxBulkLinks, maxBulkPasswords } from '../links/bulk-links.ts';
import { type LinkInputContext, type NewLink, parseLinkChange, parseNewLink } from '../links/link-input.ts';
import type { Links } from '../links/links.ts';
import { parseSlug } from '../links/slug.ts';
import type { LinkPresenter } from './link-object.ts';

interface LinkBulkRoutesOptions {
  readonly links: Links;
  readonly bulk: BulkLinks;
  readonly presenter: LinkPresenter;
  readonly inputContext: () => LinkInputContext;
}

const archiveSchema = z.strictObject({ ids: z.array(z.string().max(100)).min(1).max(maxBulkLinks) });
const bulkQuerySchema = z.strictObject({ atomic: z.boolean().default(false) });
const slugQuerySchema = z.strictObject({ slug: z.string().max(1_000), domain: z.string().max(260).optional() });

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

export function linkBulkRoutes({ links, bulk, presenter, inputContext }: LinkBulkRoutesOptions): PrivateRoute[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/links/bulk',
      scope: 'links:write',
      async handle({ identity, query, json, once }): Promise<Answer> {
        const faults = new Faults();
        const { atomic } = check(bulkQuerySchema, queryValues(query, { atomic: 'flag' }, faults), faults);
        const context = inputContext();
        const wanted = bulkBodies(await json()).map((body): NewLink | AppError =>
          resultOrFault(() => parseNewLink(body, context)),
        );
        const passwords = wanted.filter((link) => !(link instanceof AppError) && link.password !== null).length;
        if (passwords > maxBulkPasswords) {
          throw invalidField('links', `at most ${maxBulkPasswords} links of one call may have a password`);
        }
        const results = await bulk.create(actorOf(identity), wanted, atomic, await once());
        const created = results.filter((result) => !(result instanceof AppError)).length;
        const shown = results.map((result) =>
          result instanceof AppError ? failure(result).body : { success: true, data: presenter.object(result) },
        );
        const meta = { total: results.length, created, failed: results.length - created };
        return { status: created === results.length ? 201 : 200, body: { success: true, data: shown, meta } };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/links/bulk-archive',
      scope: 'links:write',
      async handle({ identity, json, once }) {
        const { ids } = check(archiveSchema, await json());
        return data(await bulk.archive(actorOf(identity), ids, await once()));
      },
    },
    {
      method: 'PUT',
      path: '/api/v1/links',
      scope: 'links:write',
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
      handle({ identity, query }) {
        const faults = new Faults();
        const values = queryValues(query, { slug: 'text', domain: 'text' }, faults);
        const { slug, domain } = check(slugQuerySchema, values, faults);
        const { host, id } = links.domainFor(identity.userId, domain ?? null);
        const parsed = resultOrFault(() => parseSlug(slug, { reserved: inputContext().reserved }));
        const isTaken = typeof parsed === 'string' && links.isTaken(id, parsed);
        const reason = parsed instanceof AppError ? parsed.code : isTaken ? 'SLUG_EXISTS' : null;
        return data({ slug: slug.normalize('NFC'), domain: host, available: reason === null, reason });
      },
    },
  ];
}
