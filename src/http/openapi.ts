// The OpenAPI 3.1 document of the routes, from what they say about themselves: no second list to be forgotten.

import type { ErrorCode } from '../core/errors.ts';
import { errorCodes } from '../core/errors.ts';
import { statusOf } from './answer.ts';
import { errorReference } from './error-reference.ts';
import { guide } from './openapi-guide.ts';
import { type JsonSchema, SchemaCollection, schemaPrefix } from './openapi-schemas.ts';
import type {
  OpenApiContent,
  OpenApiDocument,
  OpenApiHeader,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
  Reference,
} from './openapi-shape.ts';
import {
  apiTags,
  type ContentDocs,
  type Documented,
  errorSchema,
  json,
  type ResponseDocs,
  type RouteDocs,
} from './route-docs.ts';
import type { Method, Route } from './router.ts';

interface ApiDescription {
  readonly version: string;
  /** Origin of the default domain. */
  readonly serverUrl: string;
}

/** What a route needs to be documented. */
export type DocumentedRoute = Pick<Documented<Route>, 'method' | 'path' | 'scope' | 'docs'>;

const headers: Readonly<Record<string, OpenApiHeader>> = {
  'X-Request-Id': {
    description: 'Ties the answer to the log of the server.',
    required: true,
    schema: { type: 'string' },
  },
  'X-RateLimit-Limit': { description: 'Requests a minute that the plan allows.', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'How many are left now.', schema: { type: 'integer' } },
  'X-RateLimit-Reset': {
    description: 'When all of them are there again, in Unix seconds.',
    schema: { type: 'integer' },
  },
  'RateLimit-Policy': { description: 'The limit, as the IETF draft writes it.', schema: { type: 'string' } },
  RateLimit: { description: 'What is left, as the IETF draft writes it.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before the next try.', required: true, schema: { type: 'integer' } },
  'WWW-Authenticate': { description: 'Always `Bearer`.', required: true, schema: { type: 'string' } },
};
const rateLimitHeaders = Object.keys(headers).filter((name) => /RateLimit/.test(name));

function headerRefs(names: readonly string[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function headersOfError(code: ErrorCode): string[] {
  if (code === 'UNAUTHORIZED') return ['X-Request-Id', 'WWW-Authenticate'];
  const mayRetry = code === 'RATE_LIMITED' || code === 'UNAVAILABLE';
  return mayRetry ? ['X-Request-Id', 'Retry-After'] : ['X-Request-Id'];
}

const bearer = { type: 'http', scheme: 'bearer', description: guide.authentication };

const idempotencyKey: OpenApiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Sent again within 24 hours with the same key and body, the request is answered as the first time and does nothing more.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  example: '7d9f3c1e-0a52-4f6e-9a51-2f3a5b1c8d40',
};

/** `/api/v1/links/:id` as `/api/v1/links/{id}`. */
function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

/** What any route of its kind may answer, and what this one says of itself. */
function errorsOf({ method, scope, docs }: DocumentedRoute): ErrorCode[] {
  const found = new Set<ErrorCode>(docs.errors);
  const takesBody = docs.body !== undefined;
  if (takesBody || docs.query !== undefined || docs.takesIdempotencyKey) found.add('VALIDATION_ERROR');
  if (takesBody) found.add('PAYLOAD_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  if (docs.takesIdempotencyKey) found.add('IDEMPOTENCY_KEY_REUSED');
  if (scope !== 'public') found.add('UNAUTHORIZED').add('RATE_LIMITED');
  if (scope !== 'public' && scope !== 'any-key') found.add('FORBIDDEN');
  if (method !== 'GET') found.add('UNAVAILABLE');
  found.add('INTERNAL_ERROR');
  return errorCodes.filter((code) => found.has(code));
}

const errorRef = { $ref: `${schemaPrefix}Error` };

function errorExample(code: ErrorCode): { value: unknown } {
  const { message, details } = errorReference[code];
  return { value: { success: false, error: { code, message, ...(details && { details }) } } };
}

function errorResponse(codes: readonly ErrorCode[]): OpenApiResponse {
  const names = new Set(codes.flatMap(headersOfError));
  const narrowed = { properties: { error: { properties: { code: { enum: [...codes] } } } } };
  return {
    description: codes.map((code) => `\`${code}\`: ${errorReference[code].when}`).join('\n\n'),
    headers: headerRefs([...names]),
    content: {
      [json]: {
        schema: { ...errorRef, ...narrowed },
        examples: Object.fromEntries(codes.map((code) => [code, errorExample(code)])),
      },
    },
  };
}

/** By status; an error that comes alone is a reference to the one description of it. */
function errorResponses(codes: readonly ErrorCode[]): Record<string, OpenApiResponse | Reference> {
  const byStatus = Map.groupBy(codes, (code) => String(statusOf[code]));
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      same.length === 1 ? { $ref: `#/components/responses/${same[0]}` } : errorResponse(same),
    ]),
  );
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

interface CurlOptions {
  readonly route: DocumentedRoute;
  readonly parameters: readonly OpenApiParameter[];
  readonly serverUrl: string;
}

function exampleOf({ example, schema }: OpenApiParameter): string {
  const value = example ?? schema.examples?.[0] ?? '';
  return encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value));
}

/** A command line that asks for what the examples say. */
function curlOf({ route: { method, path, scope, docs }, parameters, serverUrl }: CurlOptions): string {
  const params = new Map(parameters.map((parameter) => [parameter.name, exampleOf(parameter)]));
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required === true)
    .map((parameter) => `${parameter.name}=${exampleOf(parameter)}`);
  const filled = path.replace(/:(\w+)/g, (_, name: string) => params.get(name) ?? name);
  const url = `${serverUrl}${filled}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  const parts = [`curl${method === 'GET' ? '' : ` -X ${method}`} ${shellQuoted(url)}`];
  if (scope !== 'public') parts.push('-H "Authorization: Bearer $SIGNPOST_KEY"');
  if (docs.body !== undefined) {
    const [example] = Object.values(docs.body.examples);
    parts.push("-H 'Content-Type: application/json'", `-d ${shellQuoted(JSON.stringify(example, null, 2))}`);
  }
  return parts.join(' \\\n  ');
}

class DocumentBuilder {
  readonly #schemas = new SchemaCollection();
  readonly #serverUrl: string;

  constructor(serverUrl: string) {
    this.#serverUrl = serverUrl;
  }

  get schemas(): Record<string, JsonSchema> {
    this.#schemas.add(errorSchema);
    return this.#schemas.named;
  }

  operation(route: DocumentedRoute): OpenApiOperation {
    const { scope, docs } = route;
    const parameters = this.#parameters(docs);
    const success = Object.entries(docs.responses).map(([status, response]) => [
      status,
      this.#response(response, scope === 'public' ? ['X-Request-Id'] : ['X-Request-Id', ...rateLimitHeaders]),
    ]);
    const listed = docs.takesIdempotencyKey
      ? [...parameters, { $ref: '#/components/parameters/IdempotencyKey' }]
      : parameters;
    return {
      operationId: docs.id,
      tags: [docs.tag],
      summary: docs.summary,
      description: docs.description ?? docs.summary,
      security: scope === 'public' ? [] : [{ apiKey: [scope] }],
      ...(listed.length > 0 && { parameters: listed }),
      ...(docs.body && { requestBody: { required: true, content: this.#contents([{ type: json, ...docs.body }]) } }),
      responses: { ...(Object.fromEntries(success) as object), ...errorResponses(errorsOf(route)) },
      'x-codeSamples': [{ lang: 'Shell', source: curlOf({ route, parameters, serverUrl: this.#serverUrl }) }],
    };
  }

  #parameters({ params = {}, query }: RouteDocs): OpenApiParameter[] {
    const inPath = Object.entries(params).map(([name, schema]) => this.#parameter(name, 'path', schema, true));
    const required = new Set(query === undefined ? [] : this.#schemas.add(query).required);
    const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) =>
      this.#parameter(name, 'query', schema as never, required.has(name)),
    );
    return [...inPath, ...inQuery];
  }

  #parameter(
    name: string,
    place: OpenApiParameter['in'],
    zodSchema: NonNullable<RouteDocs['params']>[string],
    required: boolean,
  ): OpenApiParameter {
    const { description, ...schema } = this.#schemas.add(zodSchema);
    return {
      name,
      in: place,
      ...(required && { required }),
      ...(description !== undefined && { description }),
      schema,
    };
  }

  #response({ description, headers = {}, contents }: ResponseDocs, shared: readonly string[]): OpenApiResponse {
    const own = Object.entries(headers).map(([name, meaning]) => [
      name,
      { description: meaning, required: true, schema: { type: 'string' } },
    ]);
    return {
      description,
      headers: { ...headerRefs(shared), ...(Object.fromEntries(own) as Record<string, OpenApiHeader>) },
      ...(contents.length > 0 && { content: this.#contents(contents) }),
    };
  }

  #contents(contents: readonly ContentDocs[]): Record<string, OpenApiContent> {
    return Object.fromEntries(
      contents.map(({ type, schema, examples }) => {
        const shown = Object.entries(examples).map(([name, value]) => [name, { value }]);
        return [
          type,
          {
            schema: this.#schemas.add(schema),
            ...(shown.length > 0 && { examples: Object.fromEntries(shown) as object }),
          } as OpenApiContent,
        ];
      }),
    );
  }
}

export function openApiDocument(
  routes: readonly DocumentedRoute[],
  { version, serverUrl }: ApiDescription,
): OpenApiDocument {
  const builder = new DocumentBuilder(serverUrl);
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routes) {
    const operations = (paths[templateOf(route.path)] ??= {});
    operations[methodKeys[route.method]] = builder.operation(route);
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Signpost API', version, description: guide.introduction },
    servers: [{ url: serverUrl }],
    tags: Object.entries(apiTags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: builder.schemas,
      responses: Object.fromEntries(errorCodes.map((code) => [code, errorResponse([code])])),
      parameters: { IdempotencyKey: idempotencyKey },
      headers,
      securitySchemes: { apiKey: bearer },
    },
  };
}

const methodKeys: Readonly<Record<Method, string>> = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
};
