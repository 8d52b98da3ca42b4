// What short links themselves answer, for the OpenAPI document: they are served before any router, and have no route to say it.

import * as z from 'zod';
import { type ContentDocs, type DocumentedRoute, errorSchema, json, type ResponseDocs } from './route-docs.ts';

const params = {
  slug: z
    .string()
    .meta({ description: 'The slug; letter case matters, unless the domain says otherwise.', examples: ['summer'] }),
};

const page: ContentDocs = { type: 'text/html', schema: z.string(), examples: {} };
const location = { Location: 'Where the visitor is led.' };

function pageOrJson(description: string, schema: z.ZodType, name: string, example: unknown): ResponseDocs {
  return { description, contents: [page, { type: json, schema, examples: { [name]: example } }] };
}

const goneSchema = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.literal('GONE'),
    message: z.string(),
    reason: z.enum(['archived', 'expired', 'used_up']),
  }),
});
const gone = pageOrJson('The link is archived, has expired or is used up.', goneSchema, 'Expired', {
  success: false,
  error: { code: 'GONE', message: 'This link has expired', reason: 'expired' },
});

function passwordError(description: string, message: string): ResponseDocs {
  const example = { success: false, error: { code: 'UNAUTHORIZED', message } };
  return pageOrJson(description, errorSchema, 'UNAUTHORIZED', example);
}
const needsPassword = passwordError(
  'JSON only: the link needs a password.',
  'this link needs a password: send it in a POST to the same address as {"password": "…"}',
);

const previewSchema = z.object({
  success: z.literal(true),
  data: z.object({ shortUrl: z.string(), destinationUrl: z.string(), title: z.string().nullable() }),
});

const gallerySlug = z
  .string()
  .meta({ description: 'The slug of the gallery; case makes no difference.', examples: ['ada'] });

/** Galleries as visitors meet them. */
const galleryPageDocs: readonly DocumentedRoute[] = [
  {
    method: 'GET',
    path: '/bio/:slug',
    scope: 'public',
    docs: {
      id: 'openGallery',
      tag: 'Redirects',
      summary: 'Open a gallery',
      description: 'A page. Opening it is what counts as a view.',
      params: { slug: gallerySlug },
      responses: { 200: { description: 'The page.', contents: [page] } },
      errors: ['NOT_FOUND'],
    },
  },
  {
    method: 'GET',
    path: '/bio/:slug/:itemId',
    scope: 'public',
    docs: {
      id: 'followGalleryItem',
      tag: 'Redirects',
      summary: 'Follow an item of a gallery',
      description: 'The redirect is what counts as a click on the item.',
      params: {
        slug: gallerySlug,
        itemId: z.string().meta({ description: 'The id of the item: `itm_…`.', examples: ['itm_7Gh3KmPqR9sTuVwX'] }),
      },
      responses: { 302: { description: 'The item leads on.', headers: location, contents: [] } },
      errors: ['NOT_FOUND'],
    },
  },
];

/** Every one is answered on each short domain, as a page or as JSON: whichever `Accept` asks for. */
export const redirectDocs: readonly DocumentedRoute[] = [
  {
    method: 'GET',
    path: '/:slug',
    scope: 'public',
    docs: {
      id: 'followLink',
      tag: 'Redirects',
      summary: 'Follow a short link',
      description:
        "The redirect is what counts as a click. The query is passed on, unless the link's `forwardQuery` is off.",
      params,
      responses: {
        '3XX': {
          description:
            "The link leads on, with the link's own `redirectStatus`; or to its `expiredUrl`, always with 302.",
          headers: location,
          contents: [],
        },
        200: { description: 'A form that asks for the password, or a card for a crawler.', contents: [page] },
        401: needsPassword,
        410: gone,
      },
      errors: ['NOT_FOUND', 'UNAVAILABLE'],
    },
  },
  {
    method: 'POST',
    path: '/:slug',
    scope: 'public',
    docs: {
      id: 'unlockLink',
      tag: 'Redirects',
      summary: 'Give the password of a short link',
      description:
        'As JSON or as a form. After too many wrong ones, from one address or for one link, no more are tried for a while.',
      params,
      body: {
        schema: z.object({ password: z.string() }),
        examples: { 'The password': { password: 'correct horse' } },
      },
      responses: {
        303: {
          description: 'The password is right: the link leads on, and a cookie opens it for an hour.',
          headers: { ...location, 'Set-Cookie': 'Opens this link alone, until its password is changed.' },
          contents: [],
        },
        401: passwordError('The password is wrong.', 'the password is wrong'),
        410: gone,
      },
      errors: ['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'RATE_LIMITED'],
    },
  },
  {
    method: 'GET',
    path: '/:slug+',
    scope: 'public',
    docs: {
      id: 'previewLink',
      tag: 'Redirects',
      summary: 'See where a short link leads',
      description: 'Never redirects and never counts.',
      params,
      responses: {
        200: pageOrJson('Where the link leads, or a form that asks for its password.', previewSchema, 'Answer', {
          success: true,
          data: { shortUrl: 'https://go.example/summer', destinationUrl: 'https://example.com/summer', title: null },
        }),
        401: needsPassword,
        410: gone,
      },
      errors: ['NOT_FOUND'],
    },
  },
  ...galleryPageDocs,
];
