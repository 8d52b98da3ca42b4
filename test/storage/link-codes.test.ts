// Slugs and aliases are one space: a property over every way in which a link gets a code.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { newId } from '../../src/core/ids.ts';
import { AppError } from '../../src/core/errors.ts';
import { setDefaultHost } from '../../src/domains/domain-store.ts';
import { type LinkInputContext, parseNewLink } from '../../src/links/link-input.ts';
import { prepareLinkLookups } from '../../src/links/link-store.ts';
import { createAllLinks } from '../../src/links/link-bulk-store.ts';
import { toColumns } from '../../src/links/link-columns.ts';
import { createLink, updateLink, upsertLink } from '../../src/links/link-write-store.ts';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

const now = Date.parse('2026-07-14T16:20:05Z');
const context: LinkInputContext = { now, reserved: new Set(), ownHosts: () => false };
const codes = ['a1', 'b2', 'c3', 'd4'] as const;

let connection: Connection;
let userId: number;

before(() => {
  const folder = temporaryFolder();
  prepareDatabase(folder);
  connection = openForCommand(folder);
  setDefaultHost.apply(connection, { host: 'go.example', now });
  userId = createUser(connection, parseNewUser({ email: 'a@example.com', name: 'A', plan: 'unlimited' }), now).id;
});
after(async () => {
  connection.close();
  await closeServers();
});

function unstored(slug: string, alias: string | null) {
  const {
    password: _,
    domain: __,
    findExisting: ___,
    drawnLength: ____,
    ...fields
  } = parseNewLink({ destinationUrl: 'https://example.com/' }, context);
  return {
    ...fields,
    alias,
    publicId: newId('lnk'),
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

/** Undone as a whole when it throws, as on the writer thread. */
function attempt(write: () => unknown): AppError | undefined {
  try {
    connection.transaction(write)();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error;
  }
}

const code = fc.constantFrom(...codes);
const step = fc.record({
  kind: fc.constantFrom('create', 'create many', 'update', 'upsert', 'archive'),
  slug: code,
  alias: fc.option(code, { nil: null }),
  which: fc.nat(3),
});

describe('the codes of links', () => {
  it('lead to one link each, whatever was done, and a taken one is told by its field', () => {
    const lookups = prepareLinkLookups(connection);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        connection.exec('DELETE FROM link_history; DELETE FROM links');
        /** By public id. */
        const model = new Map<string, { slug: string; alias: string | null }>();
        const by = { userId, keyId: null, maxLinks: Infinity, now };
        for (const { kind, slug, alias, which } of steps) {
          const [id, own] = [...model][which] ?? [];
          const others = [...model].filter(([other]) => other !== id).map(([, link]) => link);
          const holders = kind === 'update' || kind === 'archive' ? others : [...model.values()];
          const isTaken = (wanted: string | null): boolean =>
            wanted !== null && holders.some((link) => link.slug === wanted || link.alias === wanted);
          // Where both are taken, either may be told.
          const atFault = [...(isTaken(slug) ? ['slug'] : []), ...(isTaken(alias) || alias === slug ? ['alias'] : [])];
          const assertTold = (failure: AppError | undefined): void => {
            const told = failure?.details[0]?.path.replace('links.0.', '');
            assert.ok(
              told === undefined ? atFault.length === 0 : atFault.includes(told),
              `${told} of ${atFault.join()}`,
            );
          };
          const link = unstored(slug, alias);
          if (kind === 'create' || kind === 'create many') {
            const failure = attempt(() =>
              kind === 'create'
                ? createLink.apply(connection, { link, maxLinks: Infinity })
                : createAllLinks.apply(connection, { links: toColumns([link]), maxLinks: Infinity, inFull: false }),
            );
            assertTold(failure);
            if (failure === undefined) model.set(link.publicId, { slug, alias });
          } else if (kind === 'upsert') {
            // By its slug alone; an alias does not name a link here.
            const found = [...model].find(([, known]) => known.slug === slug);
            const failure = attempt(() =>
              upsertLink.apply(connection, { change: by, link: unstored(slug, null), fields: { title: 'x' } }),
            );
            const isAlias = [...model.values()].some((known) => known.alias === slug);
            assert.equal(failure?.code, found === undefined && isAlias ? 'SLUG_EXISTS' : undefined);
            if (failure === undefined && found === undefined) {
              const { publicId } = lookups.byCode(1, slug)!;
              model.set(publicId, { slug, alias: null });
            }
          } else if (id !== undefined && own !== undefined) {
            const fields = kind === 'archive' ? { isArchived: true } : { slug, alias };
            const failure = attempt(() => updateLink.apply(connection, { change: by, publicId: id, fields }));
            if (kind === 'archive') assert.equal(failure, undefined);
            else assertTold(failure);
            if (failure === undefined && kind === 'update') model.set(id, { slug, alias });
          }
        }
        for (const wanted of codes) {
          const holder = [...model].find(([, link]) => link.slug === wanted || link.alias === wanted);
          assert.equal(lookups.byCode(1, wanted)?.publicId, holder?.[0]);
        }
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
