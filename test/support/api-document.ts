// The OpenAPI document as a judge of requests and answers. Validators are compiled when they are first needed.

import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type {
  OpenApiDocument,
  OpenApiHeader,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
  Reference,
} from '../../src/http/openapi-shape.ts';
import type { Exchange } from './api-client.ts';

export interface PlacedOperation extends OpenApiOperation {
  /** In capitals. */
  readonly method: string;
  readonly path: string;
}

const documentId = 'openapi';

/** As an object, where `value` is one. */
function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/**
 * The same with every object closed that says of further keys neither yes nor no. Clients are told to expect new keys;
 * a test must notice one that the document has not been told of.
 */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  const object = objectOf(value);
  if (object === undefined) return value;
  const inner = Object.fromEntries(Object.entries(object).map(([key, own]) => [key, closed(own)]));
  const isOpen = object['properties'] !== undefined && object['additionalProperties'] === undefined;
  const isObject = [object['type']].flat().includes('object');
  return isOpen && isObject && object['$ref'] === undefined ? { ...inner, additionalProperties: false } : inner;
}

function pointer(...parts: readonly string[]): string {
  const escaped = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  return `${documentId}#/${escaped.join('/')}`;
}

function sentence({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
}

/** `/links/{id}` as a pattern. */
function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.+]/g, String.raw`\$&`).replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${escaped}$`);
}

export class ApiDocument {
  readonly document: OpenApiDocument;
  readonly operations: readonly PlacedOperation[];
  readonly #ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: unknown) {
    this.document = document as OpenApiDocument;
    this.operations = Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
    );
    formats.default(this.#ajv);
    // What is not a schema is no matter for the validator.
    this.#ajv.addVocabulary(Object.keys(this.document));
    this.#ajv.addSchema(closed(document) as object, documentId, false, false);
  }

  /** What the document has against an exchange, in sentences. */
  problemsOf({ method, path: target, body, answer }: Exchange): string[] {
    // Not by a URL parser, which would make another path of some.
    const [pathname = '', query] = target.split('?', 2);
    const isHead = method === 'HEAD';
    const path = this.#templateOf(pathname);
    if (path === undefined) return this.#errorProblems(answer, 404, isHead);
    const operation = this.operations.find((one) => one.path === path && one.method === (isHead ? 'GET' : method));
    if (operation === undefined) return this.#errorProblems(answer, 405, isHead);
    const status = String(answer.status);
    const response = operation.responses[status];
    if (response === undefined) return [`${operation.operationId} does not list the status ${status}`];
    const place =
      '$ref' in response
        ? response.$ref.slice(2).split('/')
        : ['paths', path, operation.method.toLowerCase(), 'responses', status];
    // Of a bulk call some parts may have been refused.
    const isAccepted = answer.status < 300 && !answer.text.includes('"success":false');
    return [
      ...this.#answerProblems(answer, isHead, this.resolve(response), place),
      ...(isAccepted ? this.#queryProblems(operation, new URLSearchParams(query)) : []),
      ...(isAccepted && body !== undefined ? this.#bodyProblems(operation, body) : []),
    ];
  }

  /** Whether a value is what a part of the document says, as sentences; none when it is. */
  valueProblems(value: unknown, ...parts: readonly string[]): string[] {
    return this.#problems(pointer(...parts), value);
  }

  resolve<T extends object>(part: T | Reference): T {
    if (!('$ref' in part)) return part;
    const [, ...names] = part.$ref.split('/');
    return names.reduce<unknown>((inner, name) => objectOf(inner)?.[name], this.document) as T;
  }

  #templateOf(pathname: string): string | undefined {
    const paths = Object.keys(this.document.paths);
    // One slash at the end makes no difference to the server.
    const asked = pathname.replace(/(?<=.)\/$/, '');
    return paths.find((path) => path === asked) ?? paths.find((path) => patternOf(path).test(asked));
  }

  /** Of an answer to what the document does not have. */
  #errorProblems(answer: Exchange['answer'], status: 404 | 405, isHead: boolean): string[] {
    if (answer.status !== status) return [`the document has no such ${status === 404 ? 'path' : 'method'}`];
    const code = status === 404 ? 'NOT_FOUND' : 'METHOD_NOT_ALLOWED';
    const place = ['components', 'responses', code];
    return this.#answerProblems(answer, isHead, this.document.components.responses[code]!, place);
  }

  #answerProblems(
    { headers, text }: Exchange['answer'],
    isHead: boolean,
    { headers: listed = {}, content }: OpenApiResponse,
    place: readonly string[],
  ): string[] {
    const missing = Object.entries(listed)
      .filter(([name, header]) => this.resolve<OpenApiHeader>(header).required && !(name.toLowerCase() in headers))
      .map(([name]) => `the header ${name} is missing`);
    if (content === undefined) return text === '' ? missing : [...missing, 'there should be no body'];
    const type = headers['content-type']?.split(';', 1)[0] ?? '';
    if (content[type] === undefined) return [...missing, `the type ${type} is not listed`];
    if (isHead) return text === '' ? missing : [...missing, 'there should be no body'];
    if (!/[/+]json$/.test(type)) return missing;
    return [...missing, ...this.valueProblems(JSON.parse(text), ...place, 'content', type, 'schema')];
  }

  #queryProblems(operation: PlacedOperation, query: URLSearchParams): string[] {
    const parameters = (operation.parameters ?? []).map((parameter) => this.resolve<OpenApiParameter>(parameter));
    const names = new Set(parameters.filter((one) => one.in === 'query').map(({ name }) => name));
    // Without any, a query is not read at all.
    if (names.size === 0) return [];
    return [...query.keys()].filter((name) => !names.has(name)).map((name) => `${name} is no parameter of the query`);
  }

  #bodyProblems({ path, method, requestBody }: PlacedOperation, body: unknown): string[] {
    const type = Object.keys(requestBody?.content ?? {})[0];
    if (type === undefined) return [];
    const found = this.valueProblems(
      body,
      'paths',
      path,
      method.toLowerCase(),
      'requestBody',
      'content',
      type,
      'schema',
    );
    return found.map((problem) => `was accepted, but by the document ${problem}`);
  }

  #problems(reference: string, value: unknown): string[] {
    let validate = this.#validators.get(reference);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: reference });
      this.#validators.set(reference, validate);
    }
    return validate(value) ? [] : (validate.errors ?? []).map(sentence);
  }
}
