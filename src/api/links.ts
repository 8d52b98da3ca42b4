// /api/v1/links: create, list, get, change and archive, in the shapes of the native API.

import { data, list, noContent } from '../http/answer.ts';
import { actorOf, type PrivateRoute } from '../http/router.ts';
import type { LinkInputContext } from '../links/link-input.ts';
import { parseLinkChange, parseLinkListing, parseNewLink } from '../links/link-input.ts';
import type { Links } from '../links/links.ts';
import type { LinkPresenter } from './link-object.ts';

interface LinkRoutesOptions {
  readonly links: Links;
  readonly presenter: LinkPresenter;
  /** What input is checked against at this moment. */
  readonly inputContext: () => LinkInputContext;
}

export function linkRoutes({ links, presenter, inputContext }: LinkRoutesOptions): PrivateRoute[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/links',
      scope: 'links:write',
      async handle({ identity, json, once }) {
        const wanted = parseNewLink(await json(), inputContext());
        const { isNew, ...link } = await links.create(actorOf(identity), wanted, await once());
        return data(presenter.object(link), isNew ? 201 : 200);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/links',
      scope: 'links:read',
      handle({ identity, query }) {
        const found = links.list(identity.userId, parseLinkListing(query));
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
      handle: ({ identity, params }) => data(presenter.object(links.get(identity.userId, params['id'] ?? ''))),
    },
    {
      method: 'PATCH',
      path: '/api/v1/links/:id',
      scope: 'links:write',
      async handle({ identity, params, json }) {
        const change = parseLinkChange(await json(), inputContext());
        return data(presenter.object(await links.update(actorOf(identity), params['id'] ?? '', change)));
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/links/:id',
      scope: 'links:write',
      async handle({ identity, params }) {
        await links.archive(actorOf(identity), params['id'] ?? '');
        return noContent;
      },
    },
  ];
}
