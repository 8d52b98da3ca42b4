// The OpenAPI 3.1 document of the routes, from what they say about themselves: no second list to be forgotten.

import type { z } from 'zod';
import { errorCodes } from '../core/errors.ts';
import { curlOf } from './curl-sample.ts';
import { errorResponse, errorResponses, errorsOf } from './openapi-errors.ts';
import { guide } from './openapi-guide.ts';
import { headerRefs, rateLimitHeaders, sharedHeaders } from './openapi-headers.ts';
import { SchemaCollection } from './openapi-schemas.ts';
import type {
  OpenApiContent,
  OpenApiDocument,
  OpenApiHeader,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
} from './openapi-shape.ts';
import {
  apiTags,
  type ContentDocs,
  type DocumentedRoute,
  errorSchema,
  json,
  type ResponseDocs,
  type RouteDocs,
} from './route-docs.ts';
import type { Method } from './router.ts';

interface ApiDescription {
  readonly version: string;
  /** Origin of the default domain. */
  readonly serverUrl: string;
}

const bearer = { type: 'http', scheme: 'bearer', description: guide.authentication };

const idempotencyKey: OpenApiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Sent again within 24 hours with the same key and body, by the same API key, the request is answered as the first time and does nothing more.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  example: '7d9f3c1e-0a52-4f6e-9a51-2f3a5b1c8d40',
};

const idempotencyKeyRef = { $ref: '#/components/parameters/IdempotencyKey' };

const methodKeys: Readonly<Record<Method, string>> = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** `/api/v1/links/:id` as `/api/v1/links/{id}`. */
function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function isPublic({ scope }: DocumentedRoute): boolean {
  return scope === 'public';
}

function queryFields({ query }: RouteDocs): [name: string, schema: z.ZodType][] {
  return Object.entries(query?.shape ?? {}) as [string, z.ZodType][];
}

function* schemasOf({ docs }: DocumentedRoute): Generator<z.ZodType> {
  yield* Object.values(docs.params ?? {});
  for (const [, schema] of queryFields(docs)) yield schema;
  if (docs.body !== undefined) yield docs.body.schema;
  for (const { contents } of Object.values(docs.responses)) for (const { schema } of contents) yield schema;
}

function contentsOf(contents: readonly ContentDocs[], schemas: SchemaCollection): Record<string, OpenApiContent> {
  return Object.fromEntries(
    contents.map(({ type, schema, examples }) => {
      const shown = Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
      const content = { schema: schemas.of(schema) };
      return [type, Object.keys(shown).length === 0 ? content : { ...content, examples: shown }];
    }),
  );
}

function parametersOf(docs: RouteDocs, schemas: SchemaCollection): OpenApiParameter[] {
  const parameter = (place: OpenApiParameter['in'], name: string, zodSchema: z.ZodType): OpenApiParameter => {
    const { description, ...schema } = schemas.of(zodSchema);
    const required = place === 'path' || !schemas.isOptional(zodSchema);
    const said = description === undefined ? {} : { description };
    return { name, in: place, ...(required && { required }), ...said, schema };
  };
  return [
    ...Object.entries(docs.params ?? {}).map(([name, schema]) => parameter('path', name, schema)),
    ...queryFields(docs).map(([name, schema]) => parameter('query', name, schema)),
  ];
}

function responseOf(
  { description, headers = {}, contents }: ResponseDocs,
  shared: readonly string[],
  schemas: SchemaCollection,
): OpenApiResponse {
  const own = Object.entries(headers).map(([name, meaning]): [string, OpenApiHeader] => [
    name,
    { description: meaning, required: true, schema: { type: 'string' } },
  ]);
  return {
    description,
    headers: { ...headerRefs(shared), ...Object.fromEntries(own) },
    ...(contents.length > 0 && { content: contentsOf(contents, schemas) }),
  };
}

function operationOf(route: DocumentedRoute, schemas: SchemaCollection, serverUrl: string): OpenApiOperation {
  const { scope, docs } = route;
  const own = parametersOf(docs, schemas);
  const parameters = docs.takesIdempotencyKey ? [...own, idempotencyKeyRef] : own;
  const shared = isPublic(route) ? ['X-Request-Id'] : ['X-Request-Id', ...rateLimitHeaders];
  const success = Object.entries(docs.responses).map(([status, response]): [string, OpenApiResponse] => [
    status,
    responseOf(response, shared, schemas),
  ]);
  return {
    operationId: docs.id,
    tags: [docs.tag],
    summary: docs.summary,
    description: docs.description ?? docs.summary,
    // OpenAPI 3.1 has a place for the scope of a key here, as before only for those of OAuth.
    security: isPublic(route) ? [] : [{ apiKey: [scope] }],
    ...(parameters.length > 0 && { parameters }),
    ...(docs.body && {
      requestBody: {
        required: docs.body.isOptional !== true,
        content: contentsOf([{ type: json, ...docs.body }], schemas),
      },
    }),
    responses: { ...Object.fromEntries(success), ...errorResponses(errorsOf(route)) },
    'x-codeSamples': [{ lang: 'Shell', source: curlOf({ route, parameters: own, serverUrl }) }],
  };
}

export function openApiDocument(
  routes: readonly DocumentedRoute[],
  { version, serverUrl }: ApiDescription,
): OpenApiDocument {
  const schemas = new SchemaCollection([errorSchema, ...routes.flatMap((route) => [...schemasOf(route)])]);
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routes) {
    const operations = (paths[templateOf(route.path)] ??= {});
    operations[methodKeys[route.method]] = operationOf(route, schemas, serverUrl);
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Signpost API', version, description: guide.introduction },
    servers: [{ url: serverUrl }],
    tags: Object.entries(apiTags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemas.named,
      responses: Object.fromEntries(errorCodes.map((code) => [code, errorResponse([code])])),
      parameters: { IdempotencyKey: idempotencyKey },
      headers: sharedHeaders,
      securitySchemes: { apiKey: bearer },
    },
  };
}
