// What a route says about itself, beside its handler: the OpenAPI document and its page are made of this, from the same schemas
// that validate.

import * as z from 'zod';
import { type ErrorCode, errorCodes } from '../core/errors.ts';
import type { Route } from './router.ts';

/** The chapters of the documentation, in their order. */
export const apiTags = {
  Links: 'Short links: make, find, change and archive them.',
  'Many links': 'Many links in one call, upserts, and questions of a slug.',
  History: 'Who changed what, and the way back.',
  'QR codes': 'Codes that lead to a link or hold any text: drawn at once, or saved, changed and counted.',
  Statistics: 'How often a link was opened, by whom, when and from where.',
  Domains: 'Domains of your own to put short links on, and the proof that they are yours.',
  Analytics: 'The same over all links of the caller, by link, domain and tag, and the newest clicks.',
  Galleries: 'Link-in-bio pages: what stands on them, how they look, and who opened them.',
  Webhooks: 'Be told of what happens, signed: the receivers, their log, and sending again.',
  Account: 'Whose key this is, what is used of the plan, and the API keys.',
  Redirects: 'What visitors get, on every short domain: a page, or JSON where `Accept` asks for it.',
  Service: 'Whether the server runs, and this documentation. None of it needs a key.',
} as const;

export type ApiTag = keyof typeof apiTags;

/** One form that a body may take. */
export interface ContentDocs {
  /** As in Content-Type. */
  readonly type: string;
  readonly schema: z.ZodType;
  /** By a few words each. Every one must pass the schema. */
  readonly examples: Readonly<Record<string, unknown>>;
}

export interface ResponseDocs {
  /** One sentence. */
  readonly description: string;
  /** Those of this answer alone, and what they say. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Empty: there is no body. */
  readonly contents: readonly ContentDocs[];
}

export interface RouteDocs {
  /** Names the operation in generated clients: `createLink`. */
  readonly id: string;
  readonly tag: ApiTag;
  /** A few words in the imperative. */
  readonly summary: string;
  /** Paragraphs; `code` between backticks. */
  readonly description?: string;
  /** A schema for every `:name` in the path. */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  /** The schema that checks the query. */
  readonly query?: z.ZodObject;
  /** The schema that checks the JSON body. */
  readonly body?: Omit<ContentDocs, 'type'> & {
    /** Whether it may be left out. */
    readonly isOptional?: true;
  };
  /** Whether the handler asks for `once`. */
  readonly takesIdempotencyKey?: true;
  /** By status, or by a range of them: `3XX`. */
  readonly responses: Readonly<Record<string, ResponseDocs>>;
  /** Those of this route; what every route of its kind may answer is added. */
  readonly errors: readonly ErrorCode[];
}

/** A route that has its part in the OpenAPI document, as every one of the API must. */
export type Documented<AnyRoute extends Route> = AnyRoute & { readonly docs: RouteDocs };

/** What of it the document is made of. */
export type DocumentedRoute = Pick<Documented<Route>, 'method' | 'path' | 'scope' | 'docs'>;

/** The error envelope. */
export const errorSchema = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.enum(errorCodes).describe('Stays the same from version to version: what programs decide by.'),
      message: z.string().describe('One sentence for people.'),
      details: z
        .array(z.object({ path: z.string().describe('The field, dotted: `tags.3`.'), message: z.string() }))
        .optional()
        .describe('Every field at fault, where fields are.'),
    }),
  })
  .meta({ id: 'Error', description: 'What every failure answers.' });

/** The `meta` of a list. */
export const listMetaSchema = z
  .object({
    page: z.int().min(1).nullable().describe('null where a cursor was followed.'),
    perPage: z.int().min(1),
    total: z.int().min(0).describe('Of all pages together.'),
    hasMore: z.boolean(),
    nextCursor: z
      .string()
      .nullable()
      .describe('Leads to the next page however the list changes meanwhile; null on the last one.'),
  })
  .meta({ id: 'ListMeta', description: 'Where in a list this page is.' });

export const json = 'application/json';
const exampleMeta = { page: 1, perPage: 20, total: 1, hasMore: false, nextCursor: null };

/** `{"success":true,"data":…}` */
export function dataDocs<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  example: z.input<Schema>,
): ResponseDocs {
  const body = z.object({ success: z.literal(true), data: schema });
  return {
    description,
    contents: [{ type: json, schema: body, examples: { Answer: { success: true, data: example } } }],
  };
}

/** `{"success":true,"data":[…],"meta":{…}}` */
export function listDocs<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  example: z.input<Schema>,
): ResponseDocs {
  const body = z.object({ success: z.literal(true), data: z.array(schema), meta: listMetaSchema });
  const examples = { Answer: { success: true, data: [example], meta: exampleMeta } };
  return { description, contents: [{ type: json, schema: body, examples }] };
}

/** An answer without a body. */
export function emptyDocs(description: string): ResponseDocs {
  return { description, contents: [] };
}
