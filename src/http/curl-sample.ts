// A command line for each operation, which asks for what its examples say.

import type { OpenApiParameter } from './openapi-shape.ts';
import type { DocumentedRoute } from './route-docs.ts';

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

/** The key is left to the environment, as SIGNPOST_KEY. */
export function curlOf({ route: { method, path, scope, docs }, parameters, serverUrl }: CurlOptions): string {
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
