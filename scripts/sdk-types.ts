// Writes src/sdk/api-types.ts, the types of the client, from the OpenAPI document of a server that it starts. `npm run sdk-types`
// after a change of the API; a test keeps the two equal.

import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { OpenApiDocument, OpenApiOperation, OpenApiParameter } from '../src/http/openapi-shape.ts';
import type { JsonSchema } from '../src/http/openapi-schemas.ts';
import { makeScratchFolder } from './bench/scratch.ts';
import { sourceLaunch, startSignpost } from './bench/signpost-process.ts';

const apiBase = '/api/v1/';
const typeNames: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

function comment(text: string | undefined, indent: string): string {
  return text === undefined ? '' : `${indent}/** ${text.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')} */\n`;
}

/** `Error` is taken by the language. */
const typeName = (name: string): string => (name === 'Error' ? 'ErrorAnswer' : name);

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function objectType(schema: JsonSchema, indent: string): string {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  const names = Object.keys(properties);
  if (names.length === 0) {
    if (additionalProperties === false) return 'Record<string, never>';
    const value = typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown';
    const known = typeof propertyNames === 'object' ? propertyNames.enum : undefined;
    return known === undefined
      ? `Record<string, ${value}>`
      : `Partial<Record<${union(known.map((name) => JSON.stringify(name)))}, ${value}>>`;
  }
  const inner = `${indent}  `;
  const fields = names.map((name) => {
    const field = properties[name] as JsonSchema;
    const type = typeOf(field, inner);
    const said = comment(field.description, inner);
    return `${said}${inner}${key(name)}${required.includes(name) ? `: ${type}` : `?: ${type} | undefined`};\n`;
  });
  return `{\n${fields.join('')}${indent}}`;
}

/** A JSON schema as a type. Knows what our schemas use, and fails on anything else. */
function typeOf(schema: JsonSchema, indent: string): string {
  if (schema.$ref !== undefined) return typeName(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return union(choices.map((choice) => typeOf(choice, indent)));
  if (schema.type === undefined) {
    if (Object.keys(schema).every((name) => name === 'description')) return 'unknown';
    throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
  return union(
    [schema.type].flat().map((type) => {
      if (type === 'object') return objectType(schema, indent);
      if (type !== 'array') return typeNames[type] as string;
      const item = schema.items === undefined ? 'unknown' : typeOf(schema.items as JsonSchema, indent);
      return /[|\s]/.test(item) ? `Array<${item}>` : `${item}[]`;
    }),
  );
}

function declaration(name: string, schema: JsonSchema): string {
  const type = typeOf(schema, '');
  const said = comment(schema.description, '');
  return type.startsWith('{')
    ? `\n${said}export interface ${name} ${type}\n`
    : `\n${said}export type ${name} = ${type};\n`;
}

function queryType(parameters: readonly OpenApiParameter[]): string | undefined {
  const query = parameters.filter(({ in: place }) => place === 'query');
  if (query.length === 0) return undefined;
  const properties = query.map(({ name, schema, description }) => [name, { ...schema, description }] as const);
  const required = query.filter((parameter) => parameter.required === true).map(({ name }) => name);
  // A field with a default is required in a schema's output, and optional in a query.
  return objectType({ properties: Object.fromEntries(properties), required } as JsonSchema, '    ');
}

/** `data` and `meta` of the answers that succeed. */
function answerTypes(
  operation: OpenApiOperation,
  document: OpenApiDocument,
): { data: string; meta: string | undefined } {
  const datas: string[] = [];
  let meta: string | undefined;
  for (const [status, given] of Object.entries(operation.responses)) {
    if (!status.startsWith('2')) continue;
    const response =
      '$ref' in given ? document.components.responses[given.$ref.slice(given.$ref.lastIndexOf('/') + 1)]! : given;
    const { content } = response;
    const schema = content?.['application/json']?.schema;
    const data = schema?.properties?.['data'] as JsonSchema | undefined;
    if (data !== undefined) datas.push(typeOf(data, '    '));
    else if (schema !== undefined) datas.push(typeOf(schema, '    '));
    else datas.push(content === undefined ? 'undefined' : 'Uint8Array');
    const ownMeta = schema?.properties?.['meta'] as JsonSchema | undefined;
    if (ownMeta !== undefined) meta = typeOf(ownMeta, '    ');
  }
  return { data: union(datas), meta };
}

/** The whole text of src/sdk/api-types.ts for a document. */
export function clientTypes(document: OpenApiDocument): string {
  let text = '// Made from the OpenAPI document by `npm run sdk-types`; do not edit.\n';
  for (const [name, schema] of Object.entries(document.components.schemas)) text += declaration(typeName(name), schema);
  text += '\n/** What every operation of the API takes and answers, by its name in the OpenAPI document. */\n';
  text += 'export interface Operations {\n';
  for (const [path, methods] of Object.entries(document.paths)) {
    if (!path.startsWith(apiBase)) continue;
    for (const [method, operation] of Object.entries(methods)) {
      const parameters = (operation.parameters ?? []).filter((one): one is OpenApiParameter => 'in' in one);
      const query = queryType(parameters);
      const body = operation.requestBody?.content['application/json']?.schema;
      const { data, meta } = answerTypes(operation, document);
      text += comment(`${method.toUpperCase()} ${path}: ${operation.summary}.`, '  ');
      text += `  ${operation.operationId}: {\n`;
      if (query !== undefined) text += `    query: ${query};\n`;
      if (body !== undefined) text += `    body: ${typeOf(body, '    ')};\n`;
      text += `    data: ${data};\n${meta === undefined ? '' : `    meta: ${meta};\n`}  };\n`;
    }
  }
  return `${text}}\n`;
}

async function write(): Promise<void> {
  const server = await startSignpost(sourceLaunch(), makeScratchFolder());
  try {
    const answer = await fetch(`${server.origin}/openapi.json`);
    const document = (await answer.json()) as OpenApiDocument;
    writeFileSync(new URL('../src/sdk/api-types.ts', import.meta.url), clientTypes(document));
  } finally {
    await server.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await write();
