// Slugs that lose and regain their case: whatever address a link was once found by, it is found by for ever, as long as it is
// called so.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { AppError } from '../../src/core/errors.ts';
import type { Domain, SlugCase } from '../../src/domains/domain.ts';
import { addDomain, findDomainById, setDefaultHost } from '../../src/domains/domain-store.ts';
import { changeDomain } from '../../src/links/domain-links-store.ts';
import { LinkResolver } from '../../src/links/link-resolver.ts';
import { parseNewLink } from '../../src/links/link-input.ts';
import { createLink, updateLink } from '../../src/links/link-write-store.ts';
import { foldSlug } from '../../src/links/slug.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

const now = Date.parse('2026-07-01T12:00:00Z');

let connection: Connection;
let userId: number;
let made = 0;
before(() => {
  const folder = temporaryFolder();
  prepareDatabase(folder);
  connection = openForCommand(folder);
  setDefaultHost.apply(connection, { host: 'short.example', now });
  userId = createUser(connection, parseNewUser({ email: 'a@example.com', name: 'A' }), now).id;
});
after(async () => {
  connection.close();
  await closeServers();
});

const context = { now, reserved: new Set<string>(), ownHosts: () => false };
const {
  password: _,
  domain: __,
  findExisting: ___,
  ...blank
} = parseNewLink({ destinationUrl: 'https://example.com/' }, context);

class Board {
  readonly #domain: Domain;
  readonly #resolver = new LinkResolver(connection, 1_000);
  /** What each link is called, and every address that it was found by while it was called so. */
  readonly #links = new Map<string, { slug: string; printed: Set<string> }>();

  constructor() {
    this.#domain = addDomain.apply(connection, {
      publicId: `dom_${++made}`,
      userId,
      host: `d${made}.example`,
      verificationToken: '',
      defaultRedirectUrl: null,
      notFoundUrl: null,
      slugCase: 'sensitive',
      clickRetentionDays: null,
      now,
      maxDomains: Infinity,
    });
  }

  create(slug: string): void {
    const publicId = `lnk_${++made}`;
    const link = {
      ...blank,
      publicId,
      userId,
      domainId: this.#domain.id,
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
    this.#orRefused('SLUG_EXISTS', () => {
      this.#resolver.remember(createLink.apply(connection, { link, maxLinks: Infinity }));
      this.#links.set(publicId, { slug, printed: new Set() });
    });
  }

  rename(position: number, slug: string): void {
    const publicId = [...this.#links.keys()][position % Math.max(this.#links.size, 1)];
    if (publicId === undefined) return;
    const change = { userId, keyId: null, maxLinks: Infinity, now };
    this.#orRefused('SLUG_EXISTS', () => {
      const { link, before: was } = updateLink.apply(connection, { publicId, fields: { slug }, change });
      this.#resolver.remember(link, was);
      const { printed } = this.#links.get(publicId)!;
      for (const address of printed) if (foldSlug(address) !== foldSlug(slug)) printed.delete(address);
      // In another case by its owner's own hand: only that is sure to be found.
      if (slug !== was.slug && link.foldedSlug === null) printed.clear();
      this.#links.set(publicId, { slug, printed });
    });
  }

  setCase(slugCase: SlugCase): void {
    const { publicId } = this.#domain;
    this.#orRefused('CONFLICT', () => {
      changeDomain.apply(connection, { userId, publicId, fields: { slugCase }, now });
      this.#resolver.forgetAll();
    });
  }

  check(): void {
    const domain = findDomainById(connection, this.#domain.id)!;
    for (const [publicId, { slug, printed }] of this.#links) {
      assert.equal(this.#resolver.find(domain, slug)?.publicId, publicId, `${slug} is lost`);
      for (const address of [slug, slug.toUpperCase().normalize('NFC'), slug.toLowerCase().normalize('NFC')]) {
        const found = this.#resolver.find(domain, address)?.publicId;
        if (domain.slugCase === 'insensitive') assert.equal(found, publicId, `${slug} is not found as ${address}`);
        if (found === publicId) printed.add(address);
      }
      for (const address of printed)
        assert.equal(this.#resolver.find(domain, address)?.publicId, publicId, `${slug} was printed as ${address}`);
    }
  }

  /** Runs a step whole or, where it is refused as expected, not at all. */
  #orRefused(code: string, step: () => void): void {
    try {
      connection.transaction(step)();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== code) throw error;
    }
  }
}

describe('a slug', () => {
  it('never strands, whatever becomes of the case rule', () => {
    const slug = fc.constantFrom(
      'sale',
      'Sale',
      'SALE',
      'straße',
      'STRASSE',
      'ΟΔΟΣ',
      'οδος',
      'İx',
      'ıx',
      'ix',
      'K',
      'k',
    );
    const step = fc.oneof(
      fc.record({ kind: fc.constant('create' as const), slug }),
      fc.record({ kind: fc.constant('rename' as const), position: fc.nat(5), slug }),
      fc.record({
        kind: fc.constant('case' as const),
        to: fc.constantFrom('sensitive' as const, 'insensitive' as const),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const board = new Board();
        for (const one of steps) {
          if (one.kind === 'create') board.create(one.slug);
          else if (one.kind === 'rename') board.rename(one.position, one.slug);
          else board.setCase(one.to);
          board.check();
        }
      }),
      { numRuns: 150 },
    );
  });

  it('has one form without case, whichever case it is given in', () => {
    const assertOne = (text: string): void => {
      const given = text.normalize('NFC');
      const folded = foldSlug(given);
      for (const other of [folded, given.toUpperCase(), given.toLowerCase()])
        assert.equal(foldSlug(other.normalize('NFC')), folded, JSON.stringify(given));
    };
    for (let point = 0; point < 0x30000; point++) {
      const character = String.fromCodePoint(point);
      if (character.isWellFormed()) assertOne(character);
    }
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), assertOne));
  });
});
