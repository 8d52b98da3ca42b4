// A drawn slug that is taken is drawn again, longer, inside the write that wants it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { AppError } from '../../src/core/errors.ts';
import { setDefaultHost } from '../../src/domains/domain-store.ts';
import { parseNewLink } from '../../src/links/link-input.ts';
import type { UnstoredLink } from '../../src/links/link.ts';
import { type BulkOutcome, createAllLinks, createLinks } from '../../src/links/link-bulk-store.ts';
import { toColumns } from '../../src/links/link-columns.ts';
import { createLink, findOrCreateLink } from '../../src/links/link-write-store.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const without: ReadonlySet<string> = new Set(['partner']);

let folder: string;
let connection: Connection;
let userId: number;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-slugs-'));
  prepareDatabase(folder);
  connection = openForCommand(folder);
  setDefaultHost.apply(connection, { host: 'go.example', now });
  userId = createUser(connection, parseNewUser({ email: 'a@example.com', name: 'A' }), now).id;
});
after(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

let made = 0;
function link(slug: string): UnstoredLink {
  const context = { now, reserved: without, ownHosts: () => false };
  const given = parseNewLink({ destinationUrl: `https://example.com/${++made}`, tags: ['a'] }, context);
  const { password: _, domain: __, findExisting: ___, ...fields } = given;
  return {
    ...fields,
    publicId: `lnk_${made}`,
    userId,
    domainId: 1,
    slug,
    passwordHash: null,
    passwordVersion: 0,
    isArchived: false,
    archivedAt: null,
    version: 1,
    changedByKeyId: null,
    createdAt: now,
    updatedAt: now,
  };
}

function slugLengthOrCode(outcome: BulkOutcome): number | string {
  assert.ok(typeof outcome === 'object' && !('found' in outcome));
  return 'link' in outcome ? outcome.link.slug.length : outcome.code;
}

const isTaken = (error: unknown): boolean => error instanceof AppError && error.code === 'SLUG_EXISTS';

describe('a slug that is taken', () => {
  before(() => void createLink.apply(connection, { link: link('taken77'), maxLinks: Infinity }));

  it('is refused where the caller chose it', () => {
    assert.throws(() => createLink.apply(connection, { link: link('taken77'), maxLinks: Infinity }), isTaken);
  });

  it('becomes another one, a character longer, where it was drawn', () => {
    for (const operation of [createLink, findOrCreateLink]) {
      const stored = operation.apply(connection, { link: link('taken77'), maxLinks: Infinity, redrawWithout: without });
      const { slug, tags } = 'link' in stored ? stored.link : stored;
      assert.match(slug, /^[2-9A-HJ-NP-Za-km-z]{8}$/);
      assert.deepEqual(tags, ['a']);
    }
  });

  it('is told apart link by link in bulk, atomic or not', () => {
    const links = toColumns([link('taken77'), link('free777'), link('taken77')]);
    const given = { maxLinks: Infinity, inFull: true };
    const loose = createLinks.apply(connection, { ...given, links, redraw: { positions: new Set([0]), without } });
    assert.deepEqual(loose.map(slugLengthOrCode), [8, 7, 'SLUG_EXISTS']);
    const atomic = createAllLinks.apply(connection, {
      ...given,
      links: toColumns([link('taken77'), link('taken77')]),
      redraw: { positions: new Set([0, 1]), without },
    });
    assert.deepEqual(atomic.map(slugLengthOrCode), [8, 8]);
    const first = { ...given, links: toColumns([link('a777777'), link('taken77')]) };
    assert.throws(
      () => connection.transaction(() => createAllLinks.apply(connection, first))(),
      (error) => isTaken(error) && (error as AppError).details[0]?.path === 'links.1.slug',
    );
    assert.equal(connection.prepare("SELECT count(*) FROM links WHERE slug = 'a777777'").pluck().get(), 0);
  });
});
