// What holds for each field that a link has: its change is in the history, the way back brings it back, and links that differ in it
// alone are not identical.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { linkChangeSchema } from '../../src/links/link-schemas.ts';
import { openForCommand } from '../../src/storage/database.ts';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let client: ApiClient;
before(async () => {
  server = await startServer();
  client = ApiClient.of(server);
});

/** Of each field a value that it has not by default, and another. */
const values: Readonly<Record<string, readonly [unknown, unknown]>> = {
  destinationUrl: ['https://example.com/one', 'https://example.com/two'],
  slug: ['field-one', 'field-two'],
  title: ['One', 'Two'],
  description: ['First', 'Second'],
  tags: [['a', 'b'], ['b']],
  password: ['correct horse', 'battery staple'],
  expiresAt: ['2999-01-01T00:00:00.000Z', '2999-01-01T00:00:00.001Z'],
  clickLimit: [5, 6],
  oneTime: [true, false],
  expiredUrl: ['https://example.com/over', 'https://example.com/late'],
  geoTargets: [
    { DE: 'https://example.com/de', US: 'https://example.com/us' },
    { DE: 'https://example.com/de', US: 'https://example.com/other' },
  ],
  deviceTargets: [{ mobile: 'https://example.com/m' }, { tablet: 'https://example.com/m' }],
  iosUrl: ['app://one', 'app://two'],
  androidUrl: ['app://three', 'app://four'],
  utmSource: ['s1', 's2'],
  utmMedium: ['m1', 'm2'],
  utmCampaign: ['c1', 'c2'],
  utmTerm: ['t1', 't2'],
  utmContent: ['n1', 'n2'],
  forwardQuery: [false, true],
  redirectStatus: [307, 308],
  trackAnalytics: [false, true],
  filterBots: [false, true],
  publicStats: [true, false],
  ogTitle: ['Card', 'Other card'],
  ogDescription: ['About', 'Other'],
  ogImage: ['https://example.com/1.png', 'https://example.com/2.png'],
  metadata: [
    { a: 1, b: { c: [1, 2], d: null } },
    { a: 1, b: { c: [2, 1], d: null } },
  ],
  isArchived: [true, false],
};
const names = Object.keys(values);
/** All first values, of what a link can be made with. */
const whole: Record<string, unknown> = Object.fromEntries(
  names.filter((name) => name !== 'isArchived').map((name) => [name, values[name]![0]]),
);

interface Version {
  readonly version: number;
  readonly changes: Record<string, { before: unknown; after: unknown }>;
}

const historyOf = async (id: string): Promise<Version[]> =>
  (await client.get(`/links/${id}/history`)).data<Version[]>();

/** Where a field stands in the history, and which part of what is there. */
function placeOf(name: string): [group: string, part: string | undefined] {
  const [, group, part = ''] = /^(utm|og)([A-Z]\w*)$/.exec(name) ?? [];
  return group === undefined ? [name, undefined] : [group, part.toLowerCase()];
}

function partOf(value: unknown, part: string | undefined): unknown {
  return part === undefined ? value : (value as Record<string, unknown>)[part];
}

/** A link without what every change and each link has of its own. */
function content(link: LinkObject): object {
  return Object.fromEntries(Object.entries(link).filter(([name]) => !['id', 'createdAt', 'updatedAt'].includes(name)));
}

/** The same object with its keys the other way round. */
function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

it('are all the fields that a caller may change', () => {
  // A domain is moved to in link-history.test.ts; the other is a question, and none of the link's.
  const known = Object.keys(linkChangeSchema.shape).filter((name) => name !== 'domain' && name !== 'findExisting');
  assert.deepEqual(names.toSorted(), known.toSorted());
});

describe('the history', () => {
  for (const name of names) {
    const [first, second] = values[name]!;
    it(`has a change of ${name}, and the way back from it`, async () => {
      const { id } = await client.createLink({ slug: `history-${name}` });
      const one = (await client.patch(`/links/${id}`, { [name]: first })).data<LinkObject>();
      await client.patch(`/links/${id}`, { [name]: second });
      const [latest, ...earlier] = await historyOf(id);
      assert.equal(earlier.length, 2);
      const [group, part] = placeOf(name);
      assert.deepEqual(Object.keys(latest!.changes), [group]);
      const { before: was, after: is } = latest!.changes[group]!;
      if (name === 'password') assert.deepEqual([was, is], [true, true]);
      else assert.deepEqual([partOf(was, part), partOf(is, part)], [first, second]);
      const restored = (await client.post(`/links/${id}/restore`, { version: 2 })).data<LinkObject>();
      assert.deepEqual(content(restored), content(one));
      assert.deepEqual(content(await client.link(id)), content(one));
      await client.patch(`/links/${id}`, { slug: `done-${name}`, isArchived: false });
    });
  }

  it('leads back from a link of which nothing is as it was', async () => {
    const made = await client.createLink(whole);
    const others = Object.fromEntries(names.map((name) => [name, values[name]![1]]));
    await client.patch(`/links/${made.id}`, { ...others, isArchived: true });
    const [latest] = await historyOf(made.id);
    assert.deepEqual(
      Object.keys(latest!.changes).toSorted(),
      [...new Set(names.map((name) => placeOf(name)[0]))].toSorted(),
    );
    const restored = (await client.post(`/links/${made.id}/restore`, { version: 1 })).data<LinkObject>();
    assert.deepEqual(content(restored), content(made));
  });

  it('has nothing of what changed nothing, however its keys are ordered', async () => {
    const { password: _, ...others } = whole;
    const fields: Record<string, unknown> = { ...others, slug: 'unchanged' };
    const made = await client.createLink(fields);
    for (const change of [{}, { password: null }, fields, reversed(fields) as object]) {
      const same = (await client.patch(`/links/${made.id}`, change)).data<LinkObject>();
      assert.deepEqual(same, made);
    }
    const put = await client.send('PUT', '/links', fields);
    assert.deepEqual([put.status, put.data()], [200, made]);
    assert.deepEqual(await client.link(made.id), made);
    assert.equal((await historyOf(made.id)).length, 1);
  });

  it('ends after a thousand earlier versions, the last of which says what it changed', async () => {
    const { id } = await client.createLink({ title: '0' });
    await client.patch(`/links/${id}`, { title: '1' });
    const connection = openForCommand(server.dataFolder);
    try {
      // As a thousand and some more changes would leave it.
      connection
        .prepare(
          `WITH RECURSIVE n (version) AS (SELECT 2 UNION ALL SELECT version + 1 FROM n WHERE version < 1003)
           INSERT INTO link_history
           SELECT link_id, n.version, json_set(fields, '$.title', 'Number ' || n.version), made_at, key_id
           FROM link_history, n WHERE link_id = (SELECT id FROM links WHERE public_id = ?)`,
        )
        .run(id);
      connection.prepare('UPDATE links SET version = 1004 WHERE public_id = ?').run(id);
    } finally {
      connection.close();
    }
    const versions = await historyOf(id);
    assert.deepEqual([versions.length, versions[0]?.version, versions.at(-1)?.version], [1001, 1004, 4]);
    assert.deepEqual(versions.at(-1)?.changes, { title: { before: 'Number 3', after: 'Number 4' } });
  });
});

describe('an identical link', () => {
  const { slug: _, password: __, ...others } = whole;
  const fields: Record<string, unknown> = { ...others, destinationUrl: 'https://example.com/identical' };
  const find = (sent: object) => client.post('/links', { findExisting: true, ...sent });

  it('is found however the keys of its objects are ordered', async () => {
    const { id } = (await find(fields)).data<LinkObject>();
    const found = await find(reversed(fields) as object);
    assert.deepEqual([found.status, found.data<LinkObject>().id], [200, id]);
  });

  it('is none that differs in any one field', async () => {
    const { id } = (await find(fields)).data<LinkObject>();
    for (const name of names.filter((one) => one !== 'isArchived' && one !== 'slug')) {
      const [, second] = values[name]!;
      // A flag's other value is what null stands for, a password's absence is no difference here, and a link leads somewhere.
      const isNullTheSame = typeof second === 'boolean' || name === 'password' || name === 'destinationUrl';
      for (const value of isNullTheSame ? [second] : [second, null]) {
        const answer = await find({ ...fields, [name]: value });
        assert.equal(answer.status, 201, `${name} ${JSON.stringify(value)}`);
      }
    }
    assert.equal((await find(fields)).data<LinkObject>().id, id);
  });
});
