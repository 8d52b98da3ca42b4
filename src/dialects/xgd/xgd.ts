// The API of X.gd: GET /V1/shorten, and nothing else.

import { invalidField } from '../../core/errors.ts';
import { actorOf, type PrivateRoute } from '../../http/router.ts';
import { type NewLink, parseNewLink } from '../../links/link-input.ts';
import type { Dialect, DialectContext } from '../dialect.ts';
import { nativeNames } from '../field-names.ts';
import { parameter, requiredParameter, xgdSpeech } from './xgd-speech.ts';

const shortidPattern = /^[0-9a-zA-Z_]{6,15}$/;
const drawnLength = 6;
const fields = nativeNames({ destinationUrl: 'url', slug: 'shortid' });

function flagOf(query: URLSearchParams, name: string, fallback: boolean): boolean {
  const value = parameter(query, name);
  if (value === undefined) return fallback;
  if (value !== 'true' && value !== 'false') throw invalidField(name, `${name} must be true or false`);
  return value === 'true';
}

function parseShorten(query: URLSearchParams, { inputContext }: DialectContext): NewLink {
  const url = requiredParameter(query, 'url');
  const shortid = parameter(query, 'shortid');
  if (shortid !== undefined && !shortidPattern.test(shortid)) {
    throw invalidField('shortid', 'shortid must be 6 to 15 letters of a to z, digits or underscores');
  }
  const analytics = flagOf(query, 'analytics', true);
  const filterbots = flagOf(query, 'filterbots', false);
  const body = { destinationUrl: url, slug: shortid ?? null, trackAnalytics: analytics, filterBots: filterbots };
  return { ...parseNewLink(body, inputContext()), drawnLength };
}

export function xgdDialect(context: DialectContext): Dialect {
  const { links, shortUrl, xgdHttpStatus } = context;
  const shorten: PrivateRoute = {
    method: 'GET',
    path: '/V1/shorten',
    isUnsafe: true,
    scope: 'links:write',
    async handle({ identity, query }) {
      const link = await fields.translating(async () => {
        const made = await links.create(actorOf(identity), parseShorten(query, context));
        return made.link;
      });
      const body = {
        status: 200,
        shorturl: shortUrl(link),
        analytics: link.trackAnalytics,
        filterbots: link.filterBots,
        originalurl: link.destinationUrl,
      };
      return { status: 200, body };
    },
  };
  return { speech: xgdSpeech(xgdHttpStatus), routes: [shorten] };
}
