// Names of domains as people type them, brought to the one form that is stored: ASCII (IDNA), lower case, nothing around it.

import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { type AppError, invalidField } from '../core/errors.ts';
import { lineFault } from '../core/text-rules.ts';

/** Of a name as given; in Unicode it may be a little longer than stored. */
export const maxGivenLength = 253;
/** `_signpost.` has to fit before it. */
const maxNameLength = 253 - '_signpost.'.length;

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function invalidName(phrase: string): AppError {
  return invalidField('domain', `domain ${phrase}`);
}

/** What is wrong with a text before it is looked at as a name; people paste addresses. */
function shapeFault(text: string): string | undefined {
  const fault = lineFault(text);
  if (fault !== undefined) return fault;
  if (text.trim() === '') return 'is empty';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return 'must be a name alone, without https:// or another scheme';
  if (text.includes('@')) return 'must be a name alone, without a user name';
  if (/[/\\?#]/.test(text)) return 'must be a name alone, without a path';
  if (/\s/.test(text)) return 'contains a space';
  if (isIP(text.replace(/^\[|\]$/g, '')) !== 0) return 'is an IP address';
  if (text.includes(':')) return 'must be a name alone, without a port';
  if (text.includes('*')) return 'is a wildcard; add each host of its own';
  // The URL parser would decode it, and what people see would not be what is stored.
  if (text.includes('%')) return 'contains a %';
  return undefined;
}

/** Whether Punycode says something else than it decodes to, or nothing at all. */
function hasBrokenPunycode(name: string): boolean {
  return name.split('.').some((part) => {
    if (!part.startsWith('xn--')) return false;
    const unicode = domainToUnicode(part);
    return unicode === part || unicode === '' || domainToASCII(unicode) !== part;
  });
}

function nameFault(name: string): string | undefined {
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return 'is an IP address';
  if (name.length > maxNameLength) return `is longer than ${maxNameLength} characters`;
  const labels = name.split('.');
  if (labels.includes('')) return 'has an empty part between its dots';
  const tooLong = labels.find((part) => part.length > 63);
  if (tooLong !== undefined) return 'has a part longer than 63 characters';
  const odd = labels.find((part) => !label.test(part));
  if (odd !== undefined) return `may hold letters, digits and inner hyphens only, unlike "${odd}"`;
  if (labels.length < 2) return 'must have at least two parts, as in go.example.com';
  if (labels.at(-1) === 'localhost') return 'is a name of this computer itself';
  if (hasBrokenPunycode(name)) return 'is broken Punycode';
  return undefined;
}

/**
 * A name that may be a custom domain, as it is stored.
 * @throws AppError VALIDATION_ERROR with the path `domain`
 */
export async function parseDomainName(
  text: string,
  { ownHosts }: { readonly ownHosts: (name: string) => boolean },
): Promise<string> {
  const early = shapeFault(text);
  if (early !== undefined) throw invalidName(early);
  // One dot at the end is the DNS's own way to write a name in full.
  const name = domainToASCII(text).replace(/\.$/, '');
  if (name === '') throw invalidName('is not a valid name');
  const fault = nameFault(name);
  if (fault !== undefined) throw invalidName(fault);
  if (ownHosts(name)) throw invalidName("is one of this server's own names");
  if (await isPublicSuffix(name)) throw invalidName('is a public suffix: many owners have names below it');
  return name;
}

/**
 * Whether names below it belong to strangers: `co.uk`, but also `github.io`. On the latter kind any customer may be able
 * to create a record called `_signpost`, and would prove that all of it is theirs.
 */
async function isPublicSuffix(name: string): Promise<boolean> {
  // Its list takes 5 MB, which a server without custom domains should not have to spend.
  const { getPublicSuffix } = await import('tldts');
  return getPublicSuffix(name, { allowPrivateDomains: true, extractHostname: false }) === name;
}
