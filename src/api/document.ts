// GET /openapi.json: this API, described for programs. It stands below /api/v1, too, where clients of the API look.

import * as z from 'zod';
import { LazyFile } from '../http/lazy-file.ts';
import type { OpenApiDocument } from '../http/openapi-shape.ts';
import { type Documented, json, type RouteDocs } from '../http/route-docs.ts';
import type { PublicRoute } from '../http/router.ts';

const documentSchema = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

function docs(id: string, summary: string): RouteDocs {
  const examples = {
    'Its beginning': { openapi: '3.1.1', info: { title: 'Signpost API', version: '1.0.0' }, paths: {} },
  };
  return {
    id,
    tag: 'Service',
    summary,
    responses: {
      200: { description: 'The document.', contents: [{ type: json, schema: documentSchema, examples }] },
      304: { description: 'It is the one that `If-None-Match` names.', contents: [] },
    },
    errors: [],
  };
}

/** @param describe called once, when the document is first asked for */
export function documentRoutes(describe: () => OpenApiDocument): Documented<PublicRoute>[] {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  const file = new LazyFile(headers, () => JSON.stringify(describe()));
  const route = (path: string, ownDocs: RouteDocs): Documented<PublicRoute> => ({
    method: 'GET',
    path,
    scope: 'public',
    isUnlimited: true,
    docs: ownDocs,
    handle: (request) => file.answer(request),
  });
  return [
    route('/openapi.json', docs('getOpenApi', 'Get this description of the API')),
    route('/api/v1/openapi.json', docs('getOpenApiBelowBase', 'Get this description of the API, below its base')),
  ];
}
