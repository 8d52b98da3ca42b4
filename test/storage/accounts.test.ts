import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { noteKeyUse } from '../../src/accounts/account-operations.ts';
import {
  findKeyByHash,
  findKeyByPublicId,
  findUserByEmail,
  listKeys,
  listUsers,
} from '../../src/accounts/accounts-store.ts';
import { createFirstUser } from '../../src/accounts/first-user.ts';
import { createSecret, hashSecret, secretLooksRight } from '../../src/accounts/key-format.ts';
import { findKeyHolder } from '../../src/accounts/identity.ts';
import { createKey, maxKeysPerUser, parseNewKey, revokeKey } from '../../src/accounts/keys.ts';
import { createUser, parseNewUser, userNamed } from '../../src/accounts/users.ts';
import { AppError } from '../../src/core/errors.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { programFile } from '../support/program.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const main = programFile();

let folder: string;
let connection: Connection;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-accounts-'));
  prepareDatabase(folder);
  connection = openForCommand(folder);
});
after(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

const withCode = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
const addUser = (email: string) => createUser(connection, parseNewUser({ email, name: 'Ann' }), now);
const addKey = (userId: number, name = 'key') => createKey(connection, userId, parseNewKey({ name }, now), now);

describe('users', () => {
  it('are found by id and by address in any case and composition', () => {
    const user = addUser('Zo\u00eb@Example.org');
    assert.match(user.publicId, /^usr_[0-9A-Za-z]{16}$/);
    assert.deepEqual(userNamed(connection, user.publicId), user);
    assert.deepEqual(userNamed(connection, 'ZOE\u0308@example.ORG'), user);
    assert.equal(user.email, 'Zo\u00eb@Example.org');
  });

  it('cannot share an address, whatever its case', () => {
    addUser('taken@example.org');
    assert.throws(() => addUser('TAKEN@example.org'), withCode('CONFLICT'));
    assert.throws(() => userNamed(connection, 'free@example.org'), withCode('NOT_FOUND'));
    assert.throws(() => userNamed(connection, `usr_' OR 1=1 --`), withCode('NOT_FOUND'));
  });

  it('are listed in pages in the order of creation', () => {
    const all = listUsers(connection, { afterId: undefined, limit: 1000 });
    const first = listUsers(connection, { afterId: undefined, limit: 1 });
    const rest = listUsers(connection, { afterId: first[0]?.id, limit: 1000 });
    assert.deepEqual([...first, ...rest], all);
    assert.ok(all.length >= 2);
  });
});

describe('keys', () => {
  it('are found by the hash of their secret, with their user, and by nothing else', () => {
    const user = addUser('keys@example.org');
    const { key, secret } = createKey(
      connection,
      user.id,
      parseNewKey({ name: 'ci', scopes: ['qr:*', 'links:read'], expires: '90d', format: 'hex' }, now),
      now,
    );
    assert.deepEqual(findKeyByHash(connection, hashSecret(secret)), { key, user });
    assert.deepEqual(key.scopes, ['links:read', 'qr:*']);
    assert.equal(key.expiresAt, now + 90 * 86_400_000);
    assert.equal(key.hint, secret.slice(-4));
    assert.equal(findKeyByHash(connection, hashSecret(`${secret} `)), undefined);
    assert.equal(findKeyByHash(connection, Buffer.alloc(0)), undefined);
    assert.equal(findKeyByHash(connection, Buffer.from(secret)), undefined);
  });

  it('tell who asks until they are revoked or expire', () => {
    const user = addUser('identity@example.org');
    const { key, secret } = createKey(connection, user.id, parseNewKey({ name: 'k', expires: '1h' }, now), now);
    assert.deepEqual(findKeyHolder(connection, secret, now), { userId: user.id, user, key });
    assert.equal(findKeyHolder(connection, secret, now + 3_600_000), 'inactive');
    assert.equal(findKeyHolder(connection, createSecret('sp'), now), undefined);
    assert.equal(
      findKeyHolder(connection, `${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`, now),
      undefined,
    );
    revokeKey(connection, key.publicId, user.id, now);
    assert.equal(findKeyHolder(connection, secret, now), 'inactive');
  });

  it('leave their secret nowhere in the data folder', () => {
    const { secret } = addKey(addUser('secret@example.org').id);
    connection.pragma('wal_checkpoint(TRUNCATE)');
    // Another process reads: closing a file in this one would drop SQLite's locks on it, and this connection stays open.
    const files = readdirSync(folder).map((name) => execFileSync('cat', [join(folder, name)], { maxBuffer: 1e8 }));
    assert.ok(
      files.some((bytes) => bytes.includes(hashSecret(secret))),
      'the hash is on the disk',
    );
    assert.ok(!files.some((bytes) => bytes.includes(secret) || bytes.includes(secret.slice(3, 33))));
  });

  it('stay revoked from the first time on, and only for their own user', () => {
    const [owner, other] = [addUser('owner@example.org'), addUser('other@example.org')];
    const { key } = addKey(owner.id);
    assert.throws(() => revokeKey(connection, key.publicId, other.id, now), withCode('NOT_FOUND'));
    assert.throws(() => revokeKey(connection, 'key_nothing', undefined, now), withCode('NOT_FOUND'));
    assert.equal(findKeyByPublicId(connection, key.publicId)?.revokedAt, null);
    revokeKey(connection, key.publicId, owner.id, now + 1);
    revokeKey(connection, key.publicId, undefined, now + 2);
    assert.equal(findKeyByPublicId(connection, key.publicId)?.revokedAt, now + 1);
  });

  it('remember their last use, which never moves back', () => {
    const { key } = addKey(addUser('use@example.org').id);
    for (const usedAt of [now + 5, now + 3]) noteKeyUse.apply(connection, { keyId: key.id, usedAt });
    assert.equal(findKeyByPublicId(connection, key.publicId)?.lastUsedAt, now + 5);
  });

  it('are limited for each user; revoking makes room', () => {
    const user = addUser('many@example.org');
    connection.transaction(() => {
      for (let count = 0; count < maxKeysPerUser; count++) addKey(user.id);
    })();
    assert.throws(() => addKey(user.id), withCode('LIMIT_REACHED'));
    addKey(addUser('few@example.org').id);
    const [first] = listKeys(connection, user.id, { afterId: undefined, limit: 1 });
    revokeKey(connection, first!.publicId, user.id, now);
    addKey(user.id);
  });

  it('need a user', () => {
    assert.throws(() => addKey(999_999), /FOREIGN KEY/);
  });
});

describe('the first account', () => {
  it('is made in an empty database, once', (t) => {
    const empty = mkdtempSync(join(tmpdir(), 'signpost-first-'));
    prepareDatabase(empty);
    const database = openForCommand(empty);
    t.after(() => {
      database.close();
      rmSync(empty, { recursive: true });
    });
    const secret = createFirstUser(database, now);
    const identity = findKeyHolder(database, secret ?? '', now);
    assert.ok(identity !== undefined && identity !== 'inactive');
    assert.equal(identity.userId, userNamed(database, 'admin@localhost').id);
    assert.equal(identity.key.scopes, null);
    assert.equal(createFirstUser(database, now), undefined);
    assert.equal(listUsers(database, { afterId: undefined, limit: 10 }).length, 1);
  });
});

describe('the commands on a database that is in use', () => {
  async function signpost(...args: string[]) {
    const child = spawn(process.execPath, [main, ...args, '--data-dir', folder], { cwd: folder, env: {} });
    const printed = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (printed.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, ...printed };
  }

  it('create a user and a key, list them, and revoke the key', async () => {
    const user = await signpost('users', 'create', '--email', 'cli@example.org', '--name', 'Cli', '--plan', 'free');
    assert.match(user.stdout, /^usr_[0-9A-Za-z]{16}\n$/);
    const made = await signpost(
      'keys',
      'create',
      '--user',
      'CLI@example.org',
      '--name',
      'shell',
      '--scopes',
      'links:read, qr:*',
      '--expires=1h',
    );
    assert.deepEqual({ ...made, stdout: '' }, { status: 0, stdout: '', stderr: '' });
    const secret = made.stdout.slice(0, -1);
    assert.ok(secretLooksRight(secret) && made.stdout === `${secret}\n`);

    const listed = await signpost('keys', 'list', '--user', user.stdout.trim(), '--json');
    const [key, ...more] = JSON.parse(listed.stdout) as Record<string, unknown>[];
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...key, id: 0, expiresAt: 0, createdAt: 0 },
      {
        id: 0,
        user: 'cli@example.org',
        name: 'shell',
        hint: secret.slice(-4),
        scopes: ['links:read', 'qr:*'],
        state: 'active',
        expiresAt: 0,
        lastUsedAt: null,
        createdAt: 0,
      },
    );

    const id = String(key?.['id']);
    assert.deepEqual(await signpost('keys', 'revoke', id), { status: 0, stdout: `${id} is revoked\n`, stderr: '' });
    assert.match(
      (await signpost('keys', 'list', '--user', 'cli@example.org')).stdout,
      /^ID +USER +NAME [^]*\nkey_\w+ +cli@example\.org +shell .* revoked /,
    );
    // This process's connection, as a running server's would, sees it with its next look.
    assert.notEqual(findKeyByHash(connection, hashSecret(secret))?.key.revokedAt, null);

    const users = JSON.parse((await signpost('users', 'list', '--json')).stdout) as Record<string, unknown>[];
    assert.deepEqual(
      { ...users.at(-1), createdAt: 0 },
      { id: user.stdout.trim(), email: 'cli@example.org', name: 'Cli', plan: 'free', createdAt: 0 },
    );
  });

  it('explain in one line what the database says no to', async () => {
    await signpost('users', 'create', '--email', 'twice@example.org', '--name', 'A');
    assert.deepEqual(await signpost('users', 'create', '--email', 'Twice@example.org', '--name', 'B'), {
      status: 1,
      stdout: '',
      stderr: 'signpost: there is a user with the address "Twice@example.org" already\n',
    });
    assert.equal(
      (await signpost('keys', 'create', '--user', 'nobody@example.org', '--name', 'k')).stderr,
      'signpost: there is no user "nobody@example.org"\n',
    );
    assert.equal((await signpost('keys', 'revoke', 'key_nothing')).stderr, 'signpost: there is no key "key_nothing"\n');
  });

  it('wait for a write that is going on', async () => {
    connection.exec('BEGIN IMMEDIATE');
    const waiting = signpost('users', 'create', '--email', 'patient@example.org', '--name', 'A');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(findUserByEmail(connection, 'patient@example.org'), undefined);
    connection.exec('COMMIT');
    assert.deepEqual({ ...(await waiting), stdout: '' }, { status: 0, stdout: '', stderr: '' });
    assert.ok(findUserByEmail(connection, 'patient@example.org'));
  });
});
