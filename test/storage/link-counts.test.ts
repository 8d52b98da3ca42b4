import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { setDefaultHost } from '../../src/domains/domain-store.ts';
import { parseNewLink } from '../../src/links/link-input.ts';
import { countOfLinks } from '../../src/links/link-count-store.ts';
import { archiveLinks, createLink, updateLink } from '../../src/links/link-write-store.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';

const now = Date.parse('2026-07-01T12:00:00Z');

let folder: string;
let connection: Connection;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-link-counts-'));
  prepareDatabase(folder);
  connection = openForCommand(folder);
  setDefaultHost.apply(connection, { host: 'go.example', now });
});
after(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

let made = 0;
const newUserId = (): number =>
  createUser(connection, parseNewUser({ email: `user-${++made}@example.com`, name: 'A' }), now).id;

function insert(userId: number): string {
  const publicId = `lnk_${++made}`;
  const context = { now, reserved: new Set<string>(), ownHosts: () => false };
  const {
    password: _,
    domain: __,
    findExisting: ___,
    ...fields
  } = parseNewLink({ destinationUrl: 'https://example.com/' }, context);
  const link = {
    ...fields,
    publicId,
    userId,
    domainId: 1,
    slug: `s${made}`,
    passwordHash: null,
    passwordVersion: 0,
    isArchived: false,
    archivedAt: null,
    version: 1,
    changedByKeyId: null,
    createdAt: now,
    updatedAt: now,
  };
  createLink.apply(connection, { link, maxLinks: Infinity });
  return publicId;
}

const steps = ['insert', 'archive', 'restore', 'rename', 'delete', 'undo an insert'] as const;

describe('the count of a user’s links', () => {
  it('is what counting gives, whatever was done', () => {
    const counted = connection.prepare<[number], { live: number; archived: number }>(
      'SELECT count(*) FILTER (WHERE is_archived = 0) AS live, count(*) FILTER (WHERE is_archived = 1) AS archived FROM links WHERE user_id = ?',
    );
    const script = fc.array(fc.tuple(fc.constantFrom(...steps), fc.nat(9)), { maxLength: 40 });
    fc.assert(
      fc.property(script, (script) => {
        const userId = newUserId();
        const change = { userId, keyId: null, maxLinks: Infinity, now };
        const ids: string[] = [];
        for (const [step, pick] of script) {
          const publicId = ids[pick % Math.max(ids.length, 1)];
          if (step === 'insert') ids.push(insert(userId));
          else if (step === 'undo an insert') {
            connection.exec('SAVEPOINT undone');
            insert(userId);
            connection.exec('ROLLBACK TO undone; RELEASE undone');
          } else if (publicId === undefined) continue;
          else if (step === 'archive') archiveLinks.apply(connection, { change, publicIds: [publicId] });
          else if (step === 'restore')
            updateLink.apply(connection, { change, publicId, fields: { isArchived: false } });
          else if (step === 'rename') updateLink.apply(connection, { change, publicId, fields: { title: 'New' } });
          else {
            connection.prepare('DELETE FROM links WHERE public_id = ?').run(publicId);
            ids.splice(ids.indexOf(publicId), 1);
          }
          assert.deepEqual(countOfLinks(connection, userId), counted.get(userId));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is nothing for a user without links', () => {
    assert.deepEqual(countOfLinks(connection, newUserId()), { live: 0, archived: 0 });
  });
});
