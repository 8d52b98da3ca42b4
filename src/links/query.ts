// What the Location of a redirect carries: the destination, the link's UTM fields and the visitor's own query, merged.
// The destination's bytes are never changed, and the result is always a valid header value.

/** A link's campaign fields; null and '' add nothing. At most 100 code points each. */
export interface Utm {
  readonly source: string | null;
  readonly medium: string | null;
  readonly campaign: string | null;
  readonly term: string | null;
  readonly content: string | null;
}

/** Bytes of a merged URL. Visitors' parameters past it are left off whole; clients commonly refuse headers of more than 16 KiB. */
export const maxMergedLength = 16_384;

const webUrl = /^https?:/i;
// All that the WHATWG special-query percent-encode set escapes, so that a browser keeps the merged query as it is.
// eslint-disable-next-line no-control-regex -- they are what is being escaped
const unsafeInQuery = /[\u0000-\u0020"#'<>\u007f-\u{10ffff}]/gu;

const plainQuery = /^[\w=&.%+~*,:;/?@!$()-]*$/;

function percentEncode(character: string): string {
  const code = character.codePointAt(0)!;
  // Node hands a request target over as latin1, one character a byte; past that range it can only be text.
  const bytes = Buffer.from(character, code <= 0xff ? 'latin1' : 'utf8');
  let encoded = '';
  for (const byte of bytes) encoded += `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
  return encoded;
}

/** What most campaign names are made of; the full encoding costs ten times this test. */
const plainValue = /^[\w.~-]+$/;

function encodeValue(value: string): string {
  if (plainValue.test(value)) return value;
  return encodeURIComponent(value.toWellFormed()).replaceAll("'", '%27');
}

/** A parameter's name as an application will read it: `+` is a space, %XX is decoded, malformed sequences stay as they are. */
function nameOf(parameter: string): string {
  const equals = parameter.indexOf('=');
  const name = equals === -1 ? parameter : parameter.slice(0, equals);
  if (!name.includes('%') && !name.includes('+')) return name;
  // The leading & keeps the parser from dropping a `?` that is part of the name.
  return new URLSearchParams(`&${name}=`).keys().next().value ?? '';
}

function namesIn(query: string): Set<string> {
  const names = new Set<string>();
  if (query === '') return names;
  for (const parameter of query.split('&')) if (parameter !== '') names.add(nameOf(parameter));
  return names;
}

function addUtm(names: Set<string>, utm: Utm): string {
  let added = '';
  const add = (name: string, value: string | null): void => {
    if (value === null || value === '' || names.has(name)) return;
    names.add(name);
    added += `&${name}=${encodeValue(value)}`;
  };
  add('utm_source', utm.source);
  add('utm_medium', utm.medium);
  add('utm_campaign', utm.campaign);
  add('utm_term', utm.term);
  add('utm_content', utm.content);
  return added;
}

/** The visitor's parameters that nothing overrides, in their order and spelling, as many as `room` holds; none is ever cut. */
function addVisitors(names: ReadonlySet<string>, visitorQuery: string, room: number): string {
  const query = plainQuery.test(visitorQuery) ? visitorQuery : visitorQuery.replace(unsafeInQuery, percentEncode);
  let added = '';
  for (const parameter of query.split('&')) {
    if (parameter === '' || names.has(nameOf(parameter))) continue;
    // Stop rather than look for a shorter one: what arrives is then a prefix of what was sent.
    if (added.length + 1 + parameter.length > room) break;
    added += `&${parameter}`;
  }
  return added;
}

const noNames: ReadonlySet<string> = new Set();

/**
 * A visitor's whole query for an address of our own that they are sent to, escaped and bounded as in any redirect.
 * @param visitorQuery without its `?`, as node:http hands it over
 * @returns with its `?`; '' where there is nothing to carry on
 */
export function carriedQuery(visitorQuery: string): string {
  return addVisitors(noNames, visitorQuery, maxMergedLength).replace('&', '?');
}

function hasUtm(utm: Utm): boolean {
  return !!utm.source || !!utm.medium || !!utm.campaign || !!utm.term || !!utm.content;
}

/** What does not depend on the visitor. */
interface Preparation {
  readonly destination: string;
  /** The destination without its fragment. */
  readonly base: string;
  readonly fragment: string;
  /** Of the destination, after its `?`; null: it has none. */
  readonly ownQuery: string | null;
  /** Of the destination's parameters and the link's. */
  readonly names: ReadonlySet<string>;
  readonly addedUtm: string;
}

function prepare(destination: string, utm: Utm): Preparation {
  const hash = destination.indexOf('#');
  const base = hash === -1 ? destination : destination.slice(0, hash);
  const question = base.indexOf('?');
  const ownQuery = question === -1 ? null : base.slice(question + 1);
  const names = namesIn(ownQuery ?? '');
  const addedUtm = addUtm(names, utm);
  return { destination, base, fragment: destination.slice(base.length), ownQuery, names, addedUtm };
}

/** By a link's campaign: what was prepared last for it. Most links lead to one destination. */
const preparations = new WeakMap<Utm, Preparation>();

function preparationOf(destination: string, utm: Utm): Preparation {
  // Links without a campaign may share one object for it, and lead everywhere.
  if (!hasUtm(utm)) return prepare(destination, utm);
  let known = preparations.get(utm);
  if (known?.destination !== destination) preparations.set(utm, (known = prepare(destination, utm)));
  return known;
}

/**
 * The URL to redirect to. The destination's own parameters win, then the link's UTM fields, then the visitor's.
 * Names are compared decoded; repeated parameters of the visitor all pass; additions go before the `#fragment`.
 * A destination of another scheme than http(s), a deep link, is returned as it is.
 * @param destination a URL as `parseDestination` or `parseDeepLink` returned it
 * @param utm must never change: what was made of it is remembered as long as it lives
 * @param visitorQuery the raw query of the request, without `?`, as node:http hands it over
 */
export function mergeQuery(destination: string, utm: Utm, visitorQuery: string, forwardQuery: boolean): string {
  const isForwarding = forwardQuery && visitorQuery !== '';
  if (!isForwarding && !hasUtm(utm)) return destination;
  if (!webUrl.test(destination)) return destination;

  const { base, fragment, ownQuery, names, addedUtm } = preparationOf(destination, utm);
  let added = addedUtm;
  if (isForwarding) added += addVisitors(names, visitorQuery, maxMergedLength - destination.length - added.length - 1);
  if (added === '') return destination;

  // `added` begins with &: it becomes ? where there is no query yet, and goes where one already ends with a separator.
  const joined =
    ownQuery === null ? `?${added.slice(1)}` : ownQuery === '' || ownQuery.endsWith('&') ? added.slice(1) : added;
  return base + joined + fragment;
}
