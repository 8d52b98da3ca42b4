// The API of UrlGo.in: GET /api/v1/user, and four routes below /api/v1/short-url.

import { hash } from 'node:crypto';
import { nameWithVersion, versionParts } from '../../clicks/agent-details.ts';
import type { BreakdownRow } from '../../clicks/breakdown.ts';
import { countryFacts } from '../../clicks/country-facts.ts';
import { AppError } from '../../core/errors.ts';
import type { Answer } from '../../http/answer.ts';
import { actorOf, type ApiRequest, type PrivateRoute } from '../../http/router.ts';
import type { CountedLink, Link } from '../../links/link.ts';
import { countedClicks } from '../counted-clicks.ts';
import type { Dialect, DialectContext } from '../dialect.ts';
import { clickLogRow } from './click-log.ts';
import { listedLink, parseGenerate, type ShownLink, singleLink, takenKey, urlgoTime } from './urlgo-link.ts';
import { type AskedPage, laravelPage, parsePage } from './urlgo-page.ts';
import { invalidFields, notFound, success, urlgoSpeech } from './urlgo-speech.ts';

const base = '/api/v1/short-url';

/** A number for the link that is not the database's own: those never leave the process. Fits in 31 bits. */
function numberOf({ publicId }: Link): number {
  return hash('sha256', publicId, 'buffer').readUInt32BE(0) >>> 1;
}

/** Runs what looks for a link; one that is not there, or another user's, is answered as UrlGo.in does. */
async function finding(work: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return notFound();
    throw error;
  }
}

export function urlgoDialect(context: DialectContext): Dialect {
  const { links, lists, linkUids, inputContext, shortUrl, origin, pageOfHits } = context;

  const shown = (link: Link): ShownLink => {
    const uid = linkUids.of(link.publicId);
    return { link, uid, shortUrl: shortUrl(link), statisticUrl: `${origin()}/stats/${uid}` };
  };

  /** The caller's own, archived or not. Throws NOT_FOUND. */
  const find = ({ identity, params }: ApiRequest): CountedLink => {
    const publicId = linkUids.publicIdOf(params['uid'] ?? '');
    if (publicId === undefined) throw new AppError('NOT_FOUND', 'no such link');
    return links.get(identity.userId, publicId);
  };

  /** Answers with a page of a list, or with what is wrong with the question. */
  const paged = async (
    { query }: ApiRequest,
    path: string,
    read: (asked: AskedPage) => Promise<{ readonly rows: readonly object[]; readonly total: number }>,
    message: string,
  ): Promise<Answer> => {
    const asked = parsePage(query);
    if ('messages' in asked) return invalidFields(asked.messages);
    const { rows, total } = await read(asked);
    return success(laravelPage(rows, total, `${origin()}${path}`, asked), message);
  };

  const readStatistics = async ({ link }: CountedLink) => {
    const lists = ['device', 'country', 'browserRelease'] as const;
    const { totalClicks, breakdowns } = await countedClicks(context, link, 'all', lists);
    const devices = new Map(breakdowns.byDevice?.map((row) => [row['device'], row.count]));
    const topCountry = breakdowns.byCountry?.map((row) => countryFacts(String(row['country']))?.name).find(Boolean);
    return {
      total_clicks: totalClicks,
      total_clicks_for_mobile: devices.get('mobile') ?? 0,
      total_clicks_for_desktop: devices.get('desktop') ?? 0,
      total_clicks_for_tablet: devices.get('tablet') ?? 0,
      top_country: topCountry ?? null,
      top_browser: topBrowser(breakdowns.byBrowserRelease ?? []),
    };
  };

  const user: PrivateRoute = {
    method: 'GET',
    path: '/api/v1/user',
    scope: 'any-key',
    handle({ identity: { user: owner } }) {
      const data = {
        name: owner.name,
        email: owner.email,
        // Whoever runs the server vouches for the addresses of its users.
        email_verified_at: urlgoTime(owner.createdAt),
        created_at: urlgoTime(owner.createdAt),
        updated_at: urlgoTime(owner.updatedAt),
      };
      return success(data, 'Successfully retrieve authenticated user information');
    },
  };

  const list: PrivateRoute = {
    method: 'GET',
    path: `${base}/list`,
    scope: 'links:read',
    handle(request) {
      const read = async ({ page, perPage }: AskedPage) => {
        const everything = { cursor: null, search: null, domain: null, tags: [], archived: true } as const;
        const listing = { ...everything, page, perPage, sort: 'created', order: 'desc' } as const;
        const found = await lists.list(request.identity.userId, listing);
        return { rows: found.links.map(({ link }) => listedLink(shown(link))), total: found.total };
      };
      return paged(request, `${base}/list`, read, 'Successfully list short url.');
    },
  };

  const read: PrivateRoute = {
    method: 'GET',
    path: `${base}/read/:uid`,
    scope: 'analytics:read',
    handle: (request) =>
      finding(async () => {
        const found = find(request);
        const data = { ...singleLink(shown(found.link)), ...(await readStatistics(found)) };
        return success(data, 'Successfully read short url.');
      }),
  };

  const clickLog: PrivateRoute = {
    method: 'GET',
    path: `${base}/read/:uid/click-log/list`,
    scope: 'analytics:read',
    handle: (request) =>
      finding(() => {
        const { link } = find(request);
        const logged = { shortUrl: shortUrl(link), shortKey: link.slug, number: numberOf(link) };
        const path = `${base}/read/${linkUids.of(link.publicId)}/click-log/list`;
        const readPage = async ({ page, perPage }: AskedPage) => {
          const { hits, total } = await pageOfHits(link.id, (page - 1) * perPage, perPage);
          return { rows: hits.map((hit) => clickLogRow(hit, logged)), total };
        };
        return paged(request, path, readPage, "Successfully list short url's click logs.");
      }),
  };

  const generate: PrivateRoute = {
    method: 'POST',
    path: `${base}/generate`,
    scope: 'links:write',
    async handle({ identity, json, once }) {
      const parsed = parseGenerate(await json(), inputContext(), (slug) => links.isTakenOnDefault(slug));
      if ('messages' in parsed) return invalidFields(parsed.messages);
      try {
        const { link } = await links.create(actorOf(identity), parsed.wanted, await once());
        return success(singleLink(shown(link)), 'Successfully created short url.');
      } catch (error) {
        if (error instanceof AppError && error.code === 'SLUG_EXISTS') return invalidFields(takenKey);
        throw error;
      }
    },
  };

  return { speech: urlgoSpeech, routes: [user, list, read, clickLog, generate] };
}

/** Most clicks by name and the first three parts of the version; null where there are none, or none is known. */
function topBrowser(rows: readonly BreakdownRow[]): string | null {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const browser = String(row['browserRelease']);
    if (browser === 'unknown') continue;
    const name = nameWithVersion(browser, versionParts(String(row['version'] ?? '') || null));
    counts.set(name, (counts.get(name) ?? 0) + row.count);
  }
  let top: string | null = null;
  for (const [name, count] of counts) if (top === null || count > counts.get(top)!) top = name;
  return top;
}
