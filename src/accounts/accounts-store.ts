// The tables users and api_keys: every statement on them, and their rows as the rest of the program sees them.

import { sql } from 'kysely';
import { allRows, execute, firstRow, query, type Connection, repeatedRead } from '../storage/query.ts';
import type { ApiKeysTable, UsersTable } from '../storage/tables.ts';
import type { Plan } from './plans.ts';
import type { GrantedScopes } from './scopes.ts';

export interface User {
  /** For foreign keys; never leaves the process. */
  readonly id: number;
  readonly publicId: string;
  readonly email: string;
  readonly name: string;
  readonly plan: Plan;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ApiKey {
  readonly id: number;
  readonly publicId: string;
  readonly userId: number;
  readonly name: string;
  /** The secret's last four characters. */
  readonly hint: string;
  readonly scopes: GrantedScopes;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly createdAt: number;
}

/** A page of a list in the order of creation: what follows the row with this id, `undefined` for the start. */
export interface Page {
  readonly afterId: number | undefined;
  readonly limit: number;
}

type Row<Table> = { [Column in keyof Table]: Column extends 'id' ? number : Table[Column] };

function toUser(row: Row<UsersTable>): User {
  return {
    id: row.id,
    publicId: row.public_id,
    email: row.email,
    name: row.name,
    plan: row.plan as Plan,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toApiKey(row: Row<ApiKeysTable>): ApiKey {
  return {
    id: row.id,
    publicId: row.public_id,
    userId: row.user_id,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as GrantedScopes),
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    createdAt: row.created_at,
  };
}

/** Two users never differ by case alone; composed and decomposed letters are the same letter. */
export function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

/** Fails with a UNIQUE violation on users.email_key when the address is taken. */
export function insertUser(connection: Connection, user: Omit<User, 'id'>): User {
  const { lastInsertRowid } = execute(
    connection,
    query.insertInto('users').values({
      public_id: user.publicId,
      email: user.email,
      email_key: emailKey(user.email),
      name: user.name,
      plan: user.plan,
      created_at: user.createdAt,
      updated_at: user.updatedAt,
    }),
  );
  return { id: Number(lastInsertRowid), ...user };
}

export function listUsers(connection: Connection, page: Page): User[] {
  const rows = query
    .selectFrom('users')
    .selectAll()
    .where('id', '>', page.afterId ?? 0)
    .orderBy('id')
    .limit(page.limit);
  return allRows(connection, rows).map(toUser);
}

export function findUserByPublicId(connection: Connection, publicId: string): User | undefined {
  const row = firstRow(connection, query.selectFrom('users').selectAll().where('public_id', '=', publicId));
  return row && toUser(row);
}

export function findUserByEmail(connection: Connection, email: string): User | undefined {
  const row = firstRow(connection, query.selectFrom('users').selectAll().where('email_key', '=', emailKey(email)));
  return row && toUser(row);
}

export function insertKey(connection: Connection, key: Omit<ApiKey, 'id'>, secretHash: Buffer): ApiKey {
  const { lastInsertRowid } = execute(
    connection,
    query.insertInto('api_keys').values({
      public_id: key.publicId,
      user_id: key.userId,
      name: key.name,
      secret_hash: secretHash,
      hint: key.hint,
      scopes: key.scopes === null ? null : JSON.stringify(key.scopes),
      expires_at: key.expiresAt,
      revoked_at: key.revokedAt,
      last_used_at: key.lastUsedAt,
      created_at: key.createdAt,
    }),
  );
  return { id: Number(lastInsertRowid), ...key };
}

/** Keys of one user, or of all. Revoked and expired ones are included. */
export function listKeys(connection: Connection, userId: number | undefined, page: Page): ApiKey[] {
  let rows = query
    .selectFrom('api_keys')
    .selectAll()
    .where('id', '>', page.afterId ?? 0)
    .orderBy('id')
    .limit(page.limit);
  if (userId !== undefined) rows = rows.where('user_id', '=', userId);
  return allRows(connection, rows).map(toApiKey);
}

export interface KeyPlace {
  /** Keys made before the one with this id; `undefined`: from the newest. */
  readonly beforeId: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** The user's keys that are not revoked, the newest first. */
export function listUnrevokedKeys(
  connection: Connection,
  userId: number,
  { beforeId, offset, limit }: KeyPlace,
): ApiKey[] {
  let rows = query
    .selectFrom('api_keys')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset);
  if (beforeId !== undefined) rows = rows.where('id', '<', beforeId);
  return allRows(connection, rows).map(toApiKey);
}

/** How many of the user's keys are not revoked; expired ones count, since nobody has put them away. */
export function countUnrevokedKeys(connection: Connection, userId: number): number {
  const counted = query
    .selectFrom('api_keys')
    .select(sql<number>`count(*)`.as('keys'))
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null);
  return firstRow(connection, counted)?.keys ?? 0;
}

export function findKeyByPublicId(connection: Connection, publicId: string): ApiKey | undefined {
  const row = firstRow(connection, query.selectFrom('api_keys').selectAll().where('public_id', '=', publicId));
  return row && toApiKey(row);
}

const findBySecret = repeatedRead((secretHash: Buffer) =>
  query.selectFrom('api_keys').selectAll().where('secret_hash', '=', secretHash),
);
const findOwner = repeatedRead((userId: number) => query.selectFrom('users').selectAll().where('id', '=', userId));

/** The key with this secret's hash and the user it belongs to, revoked or expired or not: `keyIsUsable` decides. */
export function findKeyByHash(connection: Connection, secretHash: Buffer): { key: ApiKey; user: User } | undefined {
  const row = findBySecret(connection, secretHash);
  if (row === undefined) return undefined;
  const user = findOwner(connection, row.user_id);
  return user && { key: toApiKey(row), user: toUser(user) };
}

/** Revokes the key from `revokedAt` on. The first revocation's time stays. */
export function markKeyRevoked(connection: Connection, keyId: number, revokedAt: number): void {
  execute(
    connection,
    query
      .updateTable('api_keys')
      .set({ revoked_at: revokedAt })
      .where('id', '=', keyId)
      .where('revoked_at', 'is', null),
  );
}

/** Notes a use of the key; never moves the last use back. */
export function markKeyUsed(connection: Connection, keyId: number, usedAt: number): void {
  execute(
    connection,
    query
      .updateTable('api_keys')
      .set({ last_used_at: usedAt })
      .where('id', '=', keyId)
      .where((column) => column.or([column('last_used_at', 'is', null), column('last_used_at', '<', usedAt)])),
  );
}
