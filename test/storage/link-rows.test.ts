// Many links stored together are what each would be alone, and are found by where they lead however many lie between them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { newId } from '../../src/core/ids.ts';
import { setDefaultHost } from '../../src/domains/domain-store.ts';
import type { Link, UnstoredLink } from '../../src/links/link.ts';
import { createAllLinks, createLinks } from '../../src/links/link-bulk-store.ts';
import { fromColumns, type SomeLinks, toColumns } from '../../src/links/link-columns.ts';
import { parseNewLink } from '../../src/links/link-input.ts';
import { findLink, findLinksTo } from '../../src/links/link-store.ts';
import { createLink } from '../../src/links/link-write-store.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const context = { now, reserved: new Set<string>(), ownHosts: () => false };

let folder: string;
let connection: Connection;
let userId: number;
let made = 0;
const newUser = (): number =>
  createUser(connection, parseNewUser({ email: `user-${++made}@example.com`, name: 'A' }), now).id;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-link-rows-'));
  prepareDatabase(folder);
  connection = openForCommand(folder);
  setDefaultHost.apply(connection, { host: 'go.example', now });
  userId = newUser();
});
after(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

function newLink(body: object, owner = userId): UnstoredLink {
  const given = parseNewLink({ destinationUrl: `https://example.com/${++made}`, ...body }, context);
  const { password: _, domain: __, findExisting: ___, drawnLength: ____, ...fields } = given;
  return {
    ...fields,
    publicId: newId('lnk'),
    userId: owner,
    domainId: 1,
    slug: `s${made}`,
    passwordHash: null,
    passwordVersion: 0,
    isArchived: false,
    archivedAt: null,
    version: 1,
    changedByKeyId: null,
    createdAt: now + (made % 3),
    updatedAt: now + (made % 3),
  };
}

// Nothing at all, what links usually differ in, and what they rarely do.
const body = fc.record(
  {
    title: fc.constantFrom('A', 'Ä', null),
    tags: fc.array(fc.constantFrom('a', 'b', 'ç', '"'), { maxLength: 3 }),
    clickLimit: fc.constantFrom(1, 5),
    utmSource: fc.constantFrom('poster', 'mail'),
    ogTitle: fc.constantFrom('Card'),
    geoTargets: fc.constantFrom({ DE: 'https://example.de/' }),
    metadata: fc.constantFrom({ a: [1, { b: null }] }),
    forwardQuery: fc.boolean(),
  },
  { requiredKeys: [] },
);
const bodies = fc.oneof(
  fc.array(body, { minLength: 1, maxLength: 8 }),
  fc.array(fc.constant({}), { minLength: 1, maxLength: 250 }),
);
const linksOf = (all: readonly object[]): SomeLinks => all.map((one) => newLink(one)) as unknown as SomeLinks;

describe('links that cross threads together', () => {
  it('arrive as they were sent, whatever they differ in', () => {
    fc.assert(
      fc.property(bodies, fc.nat(300), (all, start) => {
        const links = linksOf(all);
        const crossed = structuredClone(toColumns(links));
        assert.deepEqual(fromColumns(crossed, 0, links.length), links);
        const first = start % links.length;
        assert.deepEqual(fromColumns(crossed, first, first + 3), links.slice(first, first + 3));
      }),
      { numRuns: 100 },
    );
  });

  it('are stored as they were sent, and say so', () => {
    fc.assert(
      fc.property(bodies, fc.boolean(), fc.boolean(), (all, isAtomic, inFull) => {
        const links = linksOf(all);
        const operation = isAtomic ? createAllLinks : createLinks;
        const wanted = { links: structuredClone(toColumns(links)), maxLinks: Infinity, inFull };
        const outcomes = connection.transaction(() => operation.apply(connection, wanted))();
        assert.equal(outcomes.length, links.length);
        for (const [i, link] of links.entries()) {
          const outcome = outcomes[i]!;
          assert.equal(typeof outcome, inFull ? 'object' : 'number');
          const stored: Link = findLink(connection, userId, link.publicId)!;
          assert.deepEqual(stored, { ...link, id: stored.id, foldedSlug: null });
          assert.deepEqual(outcome, inFull ? { link: stored } : stored.id);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('take no place and leave nothing behind where they cannot have their slug', () => {
    const taken = newLink({});
    createLink.apply(connection, { link: taken, maxLinks: Infinity });
    const wanted = [newLink({}), { ...newLink({ tags: ['orphan'] }), slug: taken.slug }, newLink({})] as const;
    const outcomes = connection.transaction(() =>
      createLinks.apply(connection, { links: toColumns(wanted), maxLinks: Infinity, inFull: false }),
    )();
    assert.deepEqual(
      outcomes.map((outcome) => (typeof outcome === 'object' && 'code' in outcome ? outcome.code : 'made')),
      ['made', 'SLUG_EXISTS', 'made'],
    );
    assert.equal(findLink(connection, userId, wanted[1].publicId), undefined);
    assert.equal(connection.prepare("SELECT count(*) FROM link_tags WHERE tag = 'orphan'").pluck().get(), 0);
  });
});

describe('links by where they lead', () => {
  const destinationUrl = 'https://example.com/again';
  const skipTo = (id: number): void =>
    void connection.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'links'").run(id - 1);

  it('are found oldest first, over any number of others’, and only the living and own', () => {
    const [owner, other] = [newUser(), newUser()];
    const put = (link: UnstoredLink): number => createLink.apply(connection, { link, maxLinks: Infinity }).id;
    const expected: number[] = [];
    // Around the ends of the index's stretches, and far apart.
    for (const id of [65_532, 65_536, 131_071, 10_000_000, 4_000_000_000]) {
      skipTo(id);
      assert.equal(put(newLink({ destinationUrl }, owner)), id);
      expected.push(id);
      put(newLink({ destinationUrl }, other));
      put({ ...newLink({ destinationUrl }, owner), isArchived: true, archivedAt: now });
      put(newLink({ destinationUrl: `${destinationUrl}?` }, owner));
    }
    assert.deepEqual(
      findLinksTo(connection, owner, destinationUrl).map(({ id }) => id),
      expected,
    );
    assert.deepEqual(findLinksTo(connection, newUser(), destinationUrl), []);
  });
});
