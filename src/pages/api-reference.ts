// GET /docs: the OpenAPI document as one page for people. Rendered here, so that it needs no script and fetches nothing.

import * as z from 'zod';
import { LazyFile } from '../http/lazy-file.ts';
import type { JsonSchema } from '../http/openapi-schemas.ts';
import type {
  OpenApiBody,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
  Reference,
} from '../http/openapi-shape.ts';
import type { Documented } from '../http/route-docs.ts';
import type { PublicRoute } from '../http/router.ts';
import { type Html, html } from './html.ts';
import { documentOf, policyFor } from './page.ts';
import { inline, paragraphs } from './prose.ts';
import { referenceStyle } from './reference-style.ts';
import { fieldList, fieldsOf, schemaId, typeOf } from './schema-fields.ts';

const none = html``;

interface PlacedOperation extends OpenApiOperation {
  readonly method: string;
  readonly path: string;
}

function operationsOf({ paths }: OpenApiDocument): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

function resolved<T extends object>(part: T | Reference, named: Readonly<Record<string, T>>): T {
  return '$ref' in part ? (named[part.$ref.slice(part.$ref.lastIndexOf('/') + 1)] as T) : part;
}

function example(value: unknown): Html {
  return html`<pre>${JSON.stringify(value, null, 2)}</pre>`;
}

const places: readonly [place: OpenApiParameter['in'], title: string][] = [
  ['path', 'In the path'],
  ['query', 'In the query'],
  ['header', 'Headers'],
];

function parametersOf({ parameters = [] }: OpenApiOperation, { components }: OpenApiDocument): Html {
  const all = parameters.map((parameter) => resolved(parameter, components.parameters));
  return html`${places.map(([place, title]) => {
    const fields = all
      .filter((parameter) => parameter.in === place)
      .map(({ name, schema, required = false, description }) => ({ name, schema, isRequired: required, description }));
    return fields.length === 0
      ? none
      : html`<h4>${title}</h4>
          ${fieldList(fields)}`;
  })}`;
}

/** All but the first example, which the command line shows. */
function bodyOf({ content }: OpenApiBody): Html {
  return html`${Object.entries(content).map(([type, { schema, examples = {} }]) => {
    const others = Object.entries(examples).slice(1);
    return html`<h4>Body</h4>
      <p><code>${type}</code>: ${typeOf(schema)}</p>
      ${fieldsOf(schema)}${others.map(
        ([name, { value }]) =>
          html`<details>
            <summary>Example: ${name}</summary>
            ${example(value)}
          </details>`,
      )}`;
  })}`;
}

/** What an answer carries: of the envelope, only its `data` is worth a word. */
function carried(schema: JsonSchema): JsonSchema {
  const data = schema.properties?.['data'];
  return typeof data === 'object' ? data : schema;
}

function answerOf(status: string, { description, content = {} }: OpenApiResponse): Html {
  const contents = Object.entries(content).map(([type, { schema, examples = {} }]) => {
    const shown = Object.values(examples).map(
      ({ value }) =>
        html`<details>
          <summary>Example</summary>
          ${example(value)}
        </details>`,
    );
    const inside = carried(schema);
    const words =
      inside === schema ? html`<code>${type}</code>: ${typeOf(schema)}` : html`<code>data</code>: ${typeOf(inside)}`;
    return html`<p>${words}</p>
      ${fieldsOf(inside)}${shown}`;
  });
  return html`<li>
    <p><strong>${status}</strong> ${inline(description)}</p>
    ${contents}
  </li>`;
}

/** The error codes that a response may carry. */
function codesOf(response: OpenApiResponse | Reference, { components }: OpenApiDocument): string[] {
  return Object.values(resolved(response, components.responses).content ?? {}).flatMap(({ examples = {} }) =>
    Object.keys(examples),
  );
}

function answersOf(operation: PlacedOperation, document: OpenApiDocument): Html {
  const all = Object.entries(operation.responses);
  const isError = ([status, response]: (typeof all)[number]): boolean =>
    /^[45]/.test(status) && codesOf(response, document).every((code) => code in document.components.responses);
  const bad = all.filter(isError);
  const good = all.filter((entry) => !isError(entry));
  return html`<h4>Answers</h4>
    <ul class="answers">
      ${good.map(([status, response]) => answerOf(status, resolved(response, document.components.responses)))}
    </ul>
    <h4>Errors</h4>
    <ul class="errors">
      ${bad.map(
        ([status, response]) =>
          html`<li>
            ${status}
            ${codesOf(response, document).map((code) => html` <a href="#error-${code}"><code>${code}</code></a>`)}
          </li>`,
      )}
    </ul>`;
}

function needs({ security }: OpenApiOperation): Html {
  const [scope] = security.flatMap((requirement) => Object.values(requirement).flat());
  return scope === undefined ? html`Needs no key.` : html`Needs a key with <code>${scope}</code>.`;
}

function operationPart(operation: PlacedOperation, document: OpenApiDocument): Html {
  const { operationId, summary, description, method, path, requestBody } = operation;
  const curl = operation['x-codeSamples'].map(({ source }) => html`<pre>${source}</pre>`);
  return html`<section class="part" id="${operationId}">
    <h3><a href="#${operationId}">${summary}</a></h3>
    <p class="call"><span class="method">${method}</span> <code>${path}</code></p>
    ${description === summary ? none : paragraphs(description)}
    <p>${needs(operation)}</p>
    ${curl}${parametersOf(operation, document)}${requestBody === undefined ? none : bodyOf(requestBody)}
    ${answersOf(operation, document)}
  </section>`;
}

function errorPart([code, response]: [string, OpenApiResponse], document: OpenApiDocument): Html {
  const status = statusesOf(code, document).join(', ');
  const examples = Object.values(response.content ?? {}).flatMap((content) => Object.values(content.examples ?? {}));
  return html`<section class="part" id="error-${code}">
    <h3><a href="#error-${code}">${code}</a></h3>
    ${paragraphs(response.description.replace(`\`${code}\`: `, status === '' ? '' : `Status ${status}. `))}
    <details>
      <summary>Example</summary>
      ${examples.map(({ value }) => example(value))}
    </details>
  </section>`;
}

function statusesOf(code: string, document: OpenApiDocument): string[] {
  const statuses = operationsOf(document).flatMap(({ responses }) =>
    Object.entries(responses).flatMap(([status, response]) =>
      codesOf(response, document).includes(code) ? [status] : [],
    ),
  );
  return [...new Set(statuses)];
}

function schemaPart([name, schema]: [string, JsonSchema]): Html {
  return html`<section class="part" id="${schemaId(name)}">
    <h3><a href="#${schemaId(name)}">${name}</a></h3>
    ${schema.description === undefined ? none : paragraphs(schema.description)}${fieldsOf(schema)}
  </section>`;
}

function navigation(document: OpenApiDocument): Html {
  const operations = operationsOf(document);
  const chapters = document.tags.map(
    ({ name }) =>
      html`<p>${name}</p>
        <ul>
          ${operations
            .filter(({ tags }) => tags.includes(name))
            .map(({ operationId, summary }) => html`<li><a href="#${operationId}">${summary}</a></li>`)}
        </ul>`,
  );
  return html`<nav aria-label="Contents">
    <details>
      <summary>Contents</summary>
      ${chapters}
      <ul>
        <li><a href="#errors">Errors</a></li>
        <li><a href="#objects">Objects</a></li>
      </ul>
    </details>
  </nav>`;
}

function referenceOf(document: OpenApiDocument): Html {
  const { info, servers, tags, components } = document;
  const operations = operationsOf(document);
  const authentication = Object.values(components.securitySchemes).map(({ description }) => paragraphs(description));
  return html`${navigation(document)}
    <div>
      <h1>${info.title}</h1>
      <p>
        Version ${info.version} at <code>${servers.map(({ url }) => url).join()}</code>. For programs:
        <a href="/openapi.json">OpenAPI 3.1</a>.
      </p>
      ${paragraphs(info.description)}
      <h2>Keys</h2>
      ${authentication}
      ${tags.map(
        ({ name, description }) =>
          html`<h2>${name}</h2>
            <p>${inline(description)}</p>
            ${operations.filter((operation) => operation.tags.includes(name)).map((part) => operationPart(part, document))}`,
      )}
      <h2 id="errors">Errors</h2>
      ${Object.entries(components.responses).map((entry) => errorPart(entry, document))}
      <h2 id="objects">Objects</h2>
      ${Object.entries(components.schemas).map(schemaPart)}
    </div>`;
}

/** @param describe called once, when the page is first asked for */
export function referenceRoute(describe: () => OpenApiDocument): Documented<PublicRoute> {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `${policyFor(referenceStyle)}; form-action 'none'`,
    'X-Content-Type-Options': 'nosniff',
    'X-Robots-Tag': 'noindex',
    'Referrer-Policy': 'no-referrer',
  };
  const file = new LazyFile(headers, () => {
    const document = describe();
    return documentOf({ title: document.info.title, main: referenceOf(document) }, referenceStyle);
  });
  return {
    method: 'GET',
    path: '/docs',
    scope: 'public',
    isUnlimited: true,
    docs: {
      id: 'getReference',
      tag: 'Service',
      summary: 'Read this description of the API',
      responses: {
        200: { description: 'The page.', contents: [{ type: 'text/html', schema: z.string(), examples: {} }] },
        304: { description: 'It is the one that `If-None-Match` names.', contents: [] },
      },
      errors: [],
    },
    handle: (request) => file.answer(request),
  };
}
