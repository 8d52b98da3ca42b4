// What a key may do. A key without scopes may do everything that its user may, except administer the server.

import { invalidField } from '../core/errors.ts';
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
