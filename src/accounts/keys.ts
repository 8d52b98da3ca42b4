// The rules of API keys: name, scopes, expiry; made once, shown once, revoked for good.

import { AppError, invalidField } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { quoted } from '../core/one-line.ts';
import { parseInstant } from '../core/instant.ts';
import type { Connection } from '../storage/query.ts';
import { countUnrevokedKeys, findKeyByPublicId, insertKey, markKeyRevoked, type ApiKey } from './accounts-store.ts';
import { createSecret, hashSecret, keyFormats, type KeyFormat } from './key-format.ts';
import { parseLabel } from './label.ts';
import { requireRoom } from './plans.ts';
import { parseScopes, type GrantedScopes } from './scopes.ts';

export interface NewKey {
  readonly name: string;
  readonly scopes: GrantedScopes;
  readonly expiresAt: number | null;
  readonly format: KeyFormat;
}

/** Enough for one key per client and its rotation; a script that makes keys in a loop hears of it. */
export const maxKeysPerUser = 1000;

const hintLength = 4;
const hourMs = 3_600_000;
const unitMs: Readonly<Record<string, number>> = {
  h: hourMs,
  d: 24 * hourMs,
  w: 7 * 24 * hourMs,
  y: 365 * 24 * hourMs,
};
const maxLifetimeMs = 100 * 365 * 24 * hourMs;

/** Unix milliseconds of `2027-01-31` (its start in UTC) or `2027-01-31T12:00:00+01:00`; undefined when it is no such time. */
function parseTime(text: string): number | undefined {
  const [, date] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? [];
  const time = Date.parse(text);
  // Date takes 30 February for 2 March.
  const isDay = date !== undefined && !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date);
  return isDay && !Number.isNaN(time) ? time : undefined;
}

function requireSensibleExpiry(expiresAt: number, shown: string, now: number): void {
  if (expiresAt <= now) throw invalidField('expiresAt', `expiry ${shown} is not in the future`, 'INVALID_EXPIRATION');
  if (expiresAt - now > maxLifetimeMs)
    throw invalidField('expiresAt', `expiry ${shown} is more than a hundred years away`, 'INVALID_EXPIRATION');
}

/** As the API takes it: ISO 8601 with an offset, in the future. Throws INVALID_EXPIRATION. */
export function parseKeyExpiry(text: string, now: number): number {
  const expiresAt = parseInstant(text);
  if (expiresAt === undefined) {
    const message = 'expiresAt must be an ISO 8601 time with an offset, such as 2030-01-31T12:00:00Z';
    throw invalidField('expiresAt', message, 'INVALID_EXPIRATION');
  }
  requireSensibleExpiry(expiresAt, quoted(text), now);
  return expiresAt;
}

/** As the command line takes it: a time in the future, or a duration from now: `12h`, `90d`, `4w`, `1y`. Throws INVALID_EXPIRATION. */
export function parseExpiry(text: string, now: number): number {
  const [, amount, unit = ''] = /^(\d{1,6})([hdwy])$/.exec(text) ?? [];
  const expiresAt = amount === undefined ? parseTime(text) : now + Number(amount) * unitMs[unit]!;
  if (expiresAt === undefined)
    throw invalidField(
      'expiresAt',
      `expiry ${quoted(text)} is neither a time such as 2027-01-31T12:00:00Z nor a duration such as 90d`,
      'INVALID_EXPIRATION',
    );
  requireSensibleExpiry(expiresAt, quoted(text), now);
  return expiresAt;
}

function parseFormat(name: string): KeyFormat {
  const format = keyFormats.find((known) => known === name);
  if (format === undefined)
    throw invalidField('format', `format must be ${keyFormats.join(' or ')}, not ${quoted(name)}`);
  return format;
}

/** Throws VALIDATION_ERROR or INVALID_EXPIRATION at the first field that breaks a rule. */
export function parseNewKey(
  input: {
    name: string;
    scopes?: readonly string[] | undefined;
    expires?: string | undefined;
    format?: string | undefined;
  },
  now: number,
): NewKey {
  return {
    name: parseLabel('name', input.name),
    scopes: parseScopes(input.scopes ?? []),
    expiresAt: input.expires === undefined ? null : parseExpiry(input.expires, now),
    format: parseFormat(input.format ?? 'sp'),
  };
}

/** A key yet to be stored. The secret is here and nowhere else: the database gets its hash. */
export interface PreparedKey {
  readonly key: Omit<ApiKey, 'id'>;
  readonly secret: string;
}

export function prepareKey(userId: number, { name, scopes, expiresAt, format }: NewKey, now: number): PreparedKey {
  const secret = createSecret(format);
  const key = {
    publicId: newId('key'),
    userId,
    name,
    hint: secret.slice(-hintLength),
    scopes,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
    createdAt: now,
  };
  return { key, secret };
}

/** Stores the key; to be called inside a transaction. Throws LIMIT_REACHED. */
export function storeKey(
  connection: Connection,
  key: Omit<ApiKey, 'id'>,
  secretHash: Uint8Array,
  maxKeys = Infinity,
): ApiKey {
  const keys = countUnrevokedKeys(connection, key.userId);
  requireRoom(keys, maxKeys, 'API keys');
  if (keys >= maxKeysPerUser) {
    throw new AppError('LIMIT_REACHED', `the user has ${maxKeysPerUser} keys; revoke some first`);
  }
  return insertKey(connection, key, Buffer.from(secretHash));
}

/** Makes the key, whatever the user's plan allows. The secret is in the answer and nowhere else. Throws LIMIT_REACHED. */
export function createKey(
  connection: Connection,
  userId: number,
  newKey: NewKey,
  now: number,
): { key: ApiKey; secret: string } {
  const { key, secret } = prepareKey(userId, newKey, now);
  const store = connection.transaction(() => storeKey(connection, key, hashSecret(secret)));
  return { key: store.immediate(), secret };
}

/** Whether the key opens anything at this moment. */
export function keyIsUsable(key: ApiKey, now: number): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);
}

/** Revokes the key; again is fine and changes nothing. Throws NOT_FOUND, also where the key is not `userId`'s (undefined: anyone's). */
export function revokeKey(connection: Connection, publicId: string, userId: number | undefined, now: number): void {
  const key = findKeyByPublicId(connection, publicId);
  if (key === undefined || (userId !== undefined && key.userId !== userId))
    throw new AppError('NOT_FOUND', `there is no key ${quoted(publicId)}`);
  markKeyRevoked(connection, key.id, now);
}
