// Whether a client is shown a page or JSON: what its Accept header would rather have (RFC 9110, section 12.5.1).

import type { IncomingHttpHeaders } from 'node:http';

const jsonType = /^application\/(?:[\w.+-]+\+)?json$/i;
const pageType = /^(?:text\/html|application\/xhtml\+xml)$/i;
const weightPattern = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/** Of a range's parameters; a weight that is none is taken for a slip, and the type for wanted. */
function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const weight = weightPattern.exec(parameter.trim())?.[1];
    if (weight !== undefined) return Number(weight);
  }
  return 1;
}

/** The highest weights of JSON and of pages, 0 where neither is named: wildcards ask for nothing in particular. */
function weightsIn(accept: string): { json: number; page: number } {
  const weights = { json: 0, page: 0 };
  for (const item of accept.split(',')) {
    const [range = '', ...parameters] = item.split(';');
    const type = range.trim();
    const kind = jsonType.test(type) ? 'json' : pageType.test(type) ? 'page' : undefined;
    if (kind !== undefined) weights[kind] = Math.max(weights[kind], weightOf(parameters));
  }
  return weights;
}

/**
 * Whether the client would rather have JSON than a page: it names it and does not like a page as well, or it sends JSON and asks for
 * neither. Whoever does not care is shown the page.
 */
export function wantsJson({ accept = '', 'content-type': sent = '' }: IncomingHttpHeaders): boolean {
  const { json, page } = weightsIn(accept);
  if (json > 0 || page > 0) return json > page;
  return jsonType.test(sent.split(';', 1)[0]!.trim());
}
