// A link as UrlGo.in shows it, and what it takes to make one.

import { AppError } from '../../core/errors.ts';
import { parseDestination } from '../../links/destination.ts';
import { type LinkInputContext, type NewLink, parseNewLink } from '../../links/link-input.ts';
import type { Link } from '../../links/link.ts';
import { parseSlug } from '../../links/slug.ts';
import type { FieldMessages } from './urlgo-speech.ts';

const minKeyLength = 5;
const maxKeyLength = 100;
const takenMessage = 'The short key has already been taken.';

/** What UrlGo.in says where another one is faster with a key. */
export const takenKey: FieldMessages = { short_key: [takenMessage] };

/** Six decimals, as UrlGo.in writes times. */
export function urlgoTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}000Z`;
}

export interface ShownLink {
  readonly link: Link;
  readonly uid: string;
  readonly shortUrl: string;
  readonly statisticUrl: string;
}

/** In a list. */
export function listedLink({ link, uid, shortUrl, statisticUrl }: ShownLink) {
  return {
    uid,
    original: link.destinationUrl,
    short_key: link.slug,
    redirect_option: 'direct',
    disabled_at: link.archivedAt === null ? null : urlgoTime(link.archivedAt),
    created_at: urlgoTime(link.createdAt),
    updated_at: urlgoTime(link.updatedAt),
    shortened_url: shortUrl,
    statistic_url: statisticUrl,
  };
}

/** On its own: the same in another order. */
export function singleLink(shown: ShownLink) {
  const {
    uid,
    original,
    short_key,
    redirect_option,
    disabled_at,
    created_at,
    updated_at,
    shortened_url,
    statistic_url,
  } = listedLink(shown);
  return {
    uid,
    original,
    short_key,
    shortened_url,
    redirect_option,
    disabled_at,
    statistic_url,
    created_at,
    updated_at,
  };
}

function urlMessages(url: unknown, context: LinkInputContext): string[] {
  if (url === undefined || url === null || url === '') return ['The url field is required.'];
  if (typeof url !== 'string') return ['The url must be a string.'];
  try {
    parseDestination(url, 'url', context);
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.message.startsWith('url leads back') ? [`The ${error.message}.`] : ['The url format is invalid.'];
  }
}

function keyMessages(key: unknown, context: LinkInputContext, isTaken: (slug: string) => boolean): string[] {
  if (key === undefined || key === null || key === '') return [];
  if (typeof key !== 'string') return ['The short key must be a string.'];
  const messages: string[] = [];
  if (key.length < minKeyLength) messages.push(`The short key must be at least ${minKeyLength} characters.`);
  if (key.length > maxKeyLength) messages.push(`The short key may not be greater than ${maxKeyLength} characters.`);
  if (!/^[A-Za-z0-9\-_]*$/.test(key)) messages.push('The short key format is invalid.');
  if (messages.length > 0) return messages;
  try {
    return isTaken(parseSlug(key, context)) ? [takenMessage] : [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // A reserved one is taken, too: by the server.
    return [takenMessage];
  }
}

/** The link to be made, or everything that is wrong with what was sent. */
export function parseGenerate(
  body: unknown,
  context: LinkInputContext,
  isTaken: (slug: string) => boolean,
): { readonly wanted: NewLink } | { readonly messages: FieldMessages } {
  const { url, short_key: key } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const all: [string, string[]][] = [
    ['url', urlMessages(url, context)],
    ['short_key', keyMessages(key, context, isTaken)],
  ];
  const messages = Object.fromEntries(all.filter(([, found]) => found.length > 0));
  if (Object.keys(messages).length > 0) return { messages };
  return { wanted: parseNewLink({ destinationUrl: url, slug: key === '' ? null : key }, context) };
}
