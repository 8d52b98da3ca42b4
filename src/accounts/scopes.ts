// What a key may do. A key without scopes may do everything that its user may, except administer the server.

import { AppError, invalidField } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { quoted } from '../core/one-line.ts';

export const scopes = [
  'links:read',
  'links:write',
  'domains:read',
  'domains:write',
  'analytics:read',
  'webhooks:*',
  'galleries:*',
  'qr:*',
  'admin',
] as const;

export type Scope = (typeof scopes)[number];

/** null: no scopes named, all of the user's own. */
export type GrantedScopes = readonly Scope[] | null;

/** Names as given to scopes in the order of the table, each once; no names give null. Throws VALIDATION_ERROR at an unknown one. */
export function parseScopes(names: readonly string[]): GrantedScopes {
  if (names.length === 0) return null;
  const unknown = names.findIndex((name) => !scopes.some((scope) => scope === name));
  if (unknown !== -1) {
    const name = names[unknown]!;
    throw invalidField(`scopes.${unknown}`, `unknown scope ${quoted(name)}, ${suggestion(name, scopes)}`);
  }
  return scopes.filter((scope) => names.includes(scope));
}

/** Reading does not follow from writing: each scope has to be named. `admin` holds all the others. */
export function hasScope(key: { readonly scopes: GrantedScopes }, scope: Scope): boolean {
  if (key.scopes === null) return scope !== 'admin';
  return key.scopes.includes(scope) || key.scopes.includes('admin');
}

/** What a route asks of a key: a scope, no more than to be valid, or to hold all that is its user's. */
export type KeyRequirement = Scope | 'any-key' | 'full-key';

/** A key that was narrowed to some scopes must not reach the account itself: it could hand itself the rest. */
export function meets(key: { readonly scopes: GrantedScopes }, requirement: KeyRequirement): boolean {
  if (requirement === 'any-key') return true;
  if (requirement === 'full-key') return key.scopes === null || key.scopes.includes('admin');
  return hasScope(key, requirement);
}

/** Throws FORBIDDEN unless a key may make one with the wanted scopes: none may grant what it lacks itself. */
export function requireGrantable(by: { readonly scopes: GrantedScopes }, wanted: GrantedScopes): void {
  if (wanted === null) {
    if (meets(by, 'full-key')) return;
    throw new AppError('FORBIDDEN', 'this key cannot make one that may do everything: name the scopes');
  }
  const lacking = wanted.find((scope) => !hasScope(by, scope));
  if (lacking !== undefined)
    throw new AppError('FORBIDDEN', `this key lacks the scope ${lacking}, so it cannot grant it`);
}
