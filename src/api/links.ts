// /api/v1/links: create, list, get, change and archive, in the shapes of the native API.

import { data, list, noContent } from '../http/answer.ts';
import { dataDocs, type Documented, emptyDocs, listDocs } from '../http/route-docs.ts';
import { actorOf, type PrivateRoute } from '../http/router.ts';
import type { LinkInputContext } from '../links/link-input.ts';
import { parseLinkChange, parseLinkListing, parseNewLink } from '../links/link-input.ts';
import { linkChangeSchema, linkListingSchema, newLinkSchema } from '../links/link-schemas.ts';
import type { LinkLists } from '../links/link-lists.ts';
import type { Links } from '../links/links.ts';
import type { Once } from '../storage/writer-protocol.ts';
import { linkExample, linkFieldErrors, linkIdParam, newLinkExamples } from './link-docs.ts';
import { type LinkPresenter, linkSchema } from './link-object.ts';

interface LinkRoutesOptions {
  readonly links: Links;
  readonly lists: LinkLists;
  readonly presenter: LinkPresenter;
  /** What input is checked against: at this moment, or when the same was asked first. */
  readonly inputContext: (once?: Once) => LinkInputContext;
}

export function linkRoutes({ links, lists, presenter, inputContext }: LinkRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/links',
      scope: 'links:write',
      docs: {
        id: 'createLink',
        tag: 'Links',
        summary: 'Make a link',
        description: 'Without a `slug`, seven characters are drawn that cannot be mistaken for one another.',
        body: { schema: newLinkSchema, examples: newLinkExamples },
        takesIdempotencyKey: true,
        responses: {
          201: dataDocs('The link.', linkSchema, linkExample),
          200: dataDocs('With `findExisting`: the identical link that there was.', linkSchema, linkExample),
        },
        errors: [...linkFieldErrors, 'LIMIT_REACHED'],
      },
      async handle({ identity, json, once }) {
        const asked = await once();
        const wanted = parseNewLink(await json(), inputContext(asked));
        const { isNew, ...link } = await links.create(actorOf(identity), wanted, asked);
        return data(presenter.object(link), isNew ? 201 : 200);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/links',
      scope: 'links:read',
      docs: {
        id: 'listLinks',
        tag: 'Links',
        summary: 'List and search your links',
        query: linkListingSchema,
        responses: { 200: listDocs('One page of links.', linkSchema, linkExample) },
        errors: ['UNAVAILABLE'],
      },
      async handle({ identity, query }) {
        const found = await lists.list(identity.userId, parseLinkListing(query));
        const { page, perPage, total, nextCursor } = found;
        return list(
          found.links.map((link) => presenter.object(link)),
          { page, perPage, total, hasMore: nextCursor !== null, nextCursor },
        );
      },
    },
    {
      method: 'GET',
      path: '/api/v1/links/:id',
      scope: 'links:read',
      docs: {
        id: 'getLink',
        tag: 'Links',
        summary: 'Get a link',
        params: linkIdParam,
        responses: { 200: dataDocs('The link.', linkSchema, linkExample) },
        errors: ['NOT_FOUND'],
      },
      handle: ({ identity, params }) => data(presenter.object(links.get(identity.userId, params['id'] ?? ''))),
    },
    {
      method: 'PATCH',
      path: '/api/v1/links/:id',
      scope: 'links:write',
      docs: {
        id: 'changeLink',
        tag: 'Links',
        summary: 'Change a link',
        description:
          'From the answer on, every visitor is led by the new values. The version before is kept in its history.',
        params: linkIdParam,
        body: {
          schema: linkChangeSchema,
          examples: {
            'Lead elsewhere': { destinationUrl: 'https://example.com/autumn', expiresAt: null },
            'Take it back from the archive': { isArchived: false },
          },
        },
        responses: { 200: dataDocs('The link as it is now.', linkSchema, linkExample) },
        errors: [...linkFieldErrors, 'LIMIT_REACHED', 'NOT_FOUND'],
      },
      async handle({ identity, params, json }) {
        const change = parseLinkChange(await json(), inputContext());
        return data(presenter.object(await links.update(actorOf(identity), params['id'] ?? '', change)));
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/links/:id',
      scope: 'links:write',
      docs: {
        id: 'archiveLink',
        tag: 'Links',
        summary: 'Archive a link',
        description:
          'It answers 410 from now on. Its slug stays taken and its clicks stay counted; `isArchived: false` brings it back.',
        params: linkIdParam,
        responses: { 204: emptyDocs('It is archived, perhaps already since before.') },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params }) {
        await links.archive(actorOf(identity), params['id'] ?? '');
        return noContent;
      },
    },
  ];
}
