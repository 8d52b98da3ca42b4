// The one way to delete a link for good: by the command line, whether the server is stopped, running, under load, or dies in the middle.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { openForCommand, openReader } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { ApiClient, type LinkObject, type LinkStats, personsBrowser, sendRequest } from '../support/api-client.ts';
import { Load } from '../support/load.ts';
import {
  closeServers,
  type ProcessEnd,
  runSignpost,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';
import { tablesOf } from '../support/table-rows.ts';

after(closeServers);

const remove = (dataFolder: string, id: string): Promise<ProcessEnd> =>
  runSignpost(['links', 'delete', id, '--data-dir', dataFolder]);

async function assertDeletes(dataFolder: string, id: string): Promise<void> {
  const { code, stdout, stderr } = await remove(dataFolder, id);
  assert.deepEqual([code, stdout, stderr], [0, `${id} is deleted\n`, '']);
}

/** Opens the database beside whoever uses it. */
function looking<Result>(dataFolder: string, look: (connection: Connection) => Result): Result {
  const reader = openReader(dataFolder);
  try {
    return look(reader);
  } finally {
    reader.close();
  }
}

const countOf = (dataFolder: string, sql: string): number =>
  looking(dataFolder, (reader) => reader.prepare<[], number>(sql).pluck().get()!);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(5);
}

/** What `signpost doctor` says of references and numbers. */
async function assertSound(dataFolder: string): Promise<void> {
  const { stdout } = await runSignpost(['doctor', '--offline', '--json', '--data-dir', dataFolder]);
  const findings = JSON.parse(stdout) as { check: string; level: string; message: string }[];
  const about = findings.filter(({ check }) => ['integrity', 'roll-ups', 'jobs'].includes(check));
  assert.deepEqual(
    about.map(({ level }) => level),
    ['ok', 'ok', 'ok'],
    stdout,
  );
}

describe('signpost links delete, where no server runs', () => {
  it('deletes an archived link with all that is kept of it, and nothing else', async () => {
    const first = await startServer();
    const api = ApiClient.of(first);
    const gone = await api.createLink({ slug: 'gone', tags: ['a'], title: 'needle' });
    const kept = await api.createLink({ slug: 'kept', tags: ['a'], title: 'needle' });
    for (let visit = 0; visit < 3; visit++) await Promise.all([api.visit('gone'), api.visit('kept')]);
    const { dataFolder } = first;

    await first.stop();
    const whileLive = await remove(dataFolder, gone.id);
    assert.equal(whileLive.code, 1);
    assert.match(whileLive.stderr, /is not archived/);
    assert.equal((await remove(dataFolder, 'lnk_unknown')).code, 1);

    const second = await startServer({ dataFolder });
    const again = new ApiClient(second.address, api.key);
    assert.equal((await again.link(gone.id)).clickCount, 3);
    // What refers to it: a job on its hits alone, a code.
    assert.equal((await again.post('/analytics/reclassify', { linkId: gone.id })).status, 202);
    while ((await again.get('/analytics/reclassify')).data<{ status: string }>().status !== 'done');
    assert.equal((await again.post('/qr', { linkId: gone.id, name: 'poster' })).status, 201);
    await again.delete(`/links/${gone.id}`);
    await second.stop();
    await assertDeletes(dataFolder, gone.id);
    assert.deepEqual(looking(dataFolder, auditRollUps), []);
    assert.equal(countOf(dataFolder, 'SELECT count(*) FROM clicks'), 3);

    const third = await startServer({ dataFolder });
    const last = new ApiClient(third.address, api.key);
    assert.equal((await last.get(`/links/${gone.id}`)).status, 404);
    assert.equal((await last.visit('gone')).status, 404);
    assert.equal((await last.link(kept.id)).clickCount, 3);
    const found = await last.get('/links?search=needle&tag=a&archived=true');
    assert.deepEqual(
      found.data<LinkObject[]>().map(({ slug }) => slug),
      ['kept'],
    );
    // The slug is free; what has it now begins at nothing.
    const anew = await last.createLink({ slug: 'gone' });
    assert.equal((await last.link(anew.id)).clickCount, 0);
    assert.equal((await last.stats(anew.id)).totalClicks, 0);
    assert.equal(await third.stop(), 0);
  });
});

/** More than one transaction deletes. */
const manyClicks = 900;

/** A folder with a link of which there is everything that hangs on one, archived, and the key of its owner. */
async function folderWithLink(): Promise<{ dataFolder: string; key: string; link: LinkObject }> {
  const server = await startServer({ flags: ['--plans-free-requests-per-minute', '0'] });
  const api = ApiClient.of(server);
  const link = await api.createLink({ slug: 'gone', tags: ['a', 'b'], title: 'first' });
  await api.createLink({ slug: 'kept', tags: ['a'] });
  const load = new Load({ port: server.port, slugs: ['gone', 'kept'], connections: 16 });
  await load.redirects(2 * manyClicks);
  assert.equal((await load.stop()).cut, 0);
  const { trackingUrl } = (await api.post('/qr', { linkId: link.id })).data<{ trackingUrl: string }>();
  const scan = { path: new URL(trackingUrl).pathname, headers: { 'user-agent': personsBrowser } };
  assert.equal((await sendRequest(server.address, scan)).status, 302);
  const gallery = (await api.post('/galleries', { title: 'Ada', slug: 'ada' })).data<{ id: string }>();
  const item = { type: 'link', title: 'Gone', linkId: link.id };
  assert.equal((await api.post(`/galleries/${gallery.id}/items`, item)).status, 201);
  assert.equal((await api.post(`/galleries/${gallery.id}/publish`, {})).status, 200);
  assert.equal((await api.post('/analytics/reclassify', { linkId: link.id })).status, 202);
  while ((await api.get('/analytics/reclassify')).data<{ status: string }>().status !== 'done');
  await api.patch(`/links/${link.id}`, { title: 'second', password: 'open sesame' });
  assert.equal((await api.visit('gone')).status, 200);
  await api.delete(`/links/${link.id}`);
  assert.equal(await server.stop(), 0);
  return { dataFolder: server.dataFolder, key: api.key!, link };
}

/** What a start changes, whatever else is done: when jobs ran, and the address that is listened on. */
const ofTheStart = new Set(['jobs', 'settings']);

/** Every row of every other table; of deleted links without when that was. */
function contents(dataFolder: string): Record<string, unknown[]> {
  return looking(dataFolder, (reader) => {
    const tables = tablesOf(reader).filter((table) => !ofTheStart.has(table));
    const rowsOf = (table: string): unknown[] =>
      reader
        .prepare<[], object>(`SELECT * FROM ${table}`)
        .all()
        .map((row) => ({ ...row, deleted_at: 0 }));
    return Object.fromEntries(tables.map((table) => [table, rowsOf(table)]));
  });
}

describe('signpost links delete, while the server runs', () => {
  let made: Awaited<ReturnType<typeof folderWithLink>>;
  let dataFolder: string;
  before(async () => {
    made = await folderWithLink();
  });
  beforeEach(() => {
    dataFolder = temporaryFolder();
    cpSync(made.dataFolder, dataFolder, { recursive: true });
  });

  it('leaves the database that it leaves while the server is stopped', async () => {
    const other = temporaryFolder();
    cpSync(made.dataFolder, other, { recursive: true });
    const before = contents(other);
    await assertDeletes(other, made.link.id);
    const server = await startServer({ dataFolder });
    await assertDeletes(dataFolder, made.link.id);
    assert.equal(await server.stop(), 0);
    const expected = contents(other);
    assert.deepEqual(contents(dataFolder), expected);
    await assertSound(dataFolder);
    // What there was to be lost, and to be kept.
    const rows = (of: Record<string, unknown[]>, table: string): number => of[table]!.length;
    for (const table of ['qr_codes', 'qr_totals', 'link_history', 'password_days', 'click_jobs']) {
      assert.ok(rows(before, table) > 0, table);
      assert.equal(rows(expected, table), 0, table);
    }
    assert.ok(rows(before, 'clicks') - rows(expected, 'clicks') >= manyClicks);
    assert.equal(rows(expected, 'gallery_items'), 1);
    assert.equal(rows(expected, 'link_deletions'), 0);
  });

  it('is known to everything that the server has in memory', async () => {
    const server = await startServer({ dataFolder });
    const api = new ApiClient(server.address, made.key);
    const { id } = made.link;
    // By heart from now on: the redirect, the search, the numbers, the gallery.
    assert.equal((await api.visit('gone')).status, 410);
    const search = async (): Promise<string[]> =>
      (await api.get('/links?tag=a&archived=true')).data<LinkObject[]>().map(({ slug }) => slug);
    assert.deepEqual((await search()).toSorted(), ['gone', 'kept']);
    const bio = (): Promise<{ status: number; text: string }> =>
      sendRequest(server.address, { path: '/bio/ada', headers: { 'user-agent': personsBrowser } });
    assert.equal((await bio()).status, 200);
    const total = async (): Promise<number> =>
      (await api.get('/analytics/overview?period=all')).data<LinkStats>().totalClicks;
    const clicks = await total();
    assert.ok(clicks > manyClicks);

    await assertDeletes(dataFolder, id);
    assert.equal((await api.visit('gone')).status, 404);
    assert.equal((await api.get(`/links/${id}`)).status, 404);
    assert.equal((await api.post('/qr', { linkId: id })).error.details?.[0]?.path, 'linkId');
    assert.equal((await api.post('/analytics/reclassify', { linkId: id })).status, 404);
    assert.deepEqual(await search(), ['kept']);
    assert.equal((await bio()).status, 200);
    assert.equal(await total(), clicks);
    assert.equal((await remove(dataFolder, id)).code, 1);
    // The slug is free; what has it now begins at nothing.
    const anew = await api.createLink({ slug: 'gone' });
    assert.equal((await api.visit('gone')).status, 302);
    assert.equal((await api.link(anew.id)).clickCount, 1);
    assert.equal((await api.stats(anew.id)).totalClicks, 1);
    assert.equal(await server.stop(), 0);
    await assertSound(dataFolder);
  });

  it('refuses what is not archived, and what is not there', async () => {
    const server = await startServer({ dataFolder });
    const api = new ApiClient(server.address, made.key);
    const [kept] = (await api.get('/links')).data<LinkObject[]>();
    const live = await remove(dataFolder, kept!.id);
    assert.deepEqual([live.code, live.stderr], [1, `signpost: ${kept!.id} is not archived; archive it first\n`]);
    assert.equal((await remove(dataFolder, 'lnk_unknown')).code, 1);
    assert.equal(countOf(dataFolder, 'SELECT count(*) FROM link_deletions'), 0);
    assert.equal(await server.stop(), 0);
  });

  for (const durability of ['power', 'batched'])
    it(`counts every redirect to the link that is deleted, ${durability}`, async () => {
      const server = await startServer({ dataFolder, flags: ['--clicks-durability', durability] });
      const api = new ApiClient(server.address, made.key);
      const total = async (): Promise<number> =>
        (await api.get('/analytics/overview?period=all&bots=include')).data<LinkStats>().totalClicks;
      const before = await total();
      const link = await api.createLink({ slug: 'busy' });
      const load = new Load({ port: server.port, slugs: ['busy'], connections: 16 });
      await load.redirects(500);
      await api.delete(`/links/${link.id}`);
      await assertDeletes(dataFolder, link.id);
      assert.equal((await sendRequest(server.address, { path: '/healthz' })).status, 200);
      const { redirected, others, cut } = await load.stop();
      assert.equal(cut, 0);
      assert.deepEqual(new Set(others.keys()), new Set([410, 404]));
      assert.equal(await total(), before + redirected);
      assert.equal(await server.stop(), 0);
      const ofLink = "(SELECT link_id FROM deleted_links WHERE public_id = '" + link.id + "')";
      assert.equal(countOf(dataFolder, `SELECT count(*) FROM clicks WHERE link_id = ${ofLink}`), 0);
      assert.equal(countOf(dataFolder, `SELECT dropped FROM link_totals WHERE link_id = ${ofLink}`), redirected);
      await assertSound(dataFolder);
    });

  it('takes a job on its clicks along', async () => {
    const server = await startServer({ dataFolder });
    const api = new ApiClient(server.address, made.key);
    // Both begin; whichever is ahead, both come to an end.
    assert.equal((await api.post('/analytics/reclassify', { linkId: made.link.id })).status, 202);
    await assertDeletes(dataFolder, made.link.id);
    assert.equal((await api.get('/analytics/reclassify')).data<unknown>(), null);
    assert.equal((await api.post('/analytics/reclassify', {})).status, 202);
    while ((await api.get('/analytics/reclassify')).data<{ status: string }>().status === 'running');
    assert.equal((await api.get('/analytics/reclassify')).data<{ status: string }>().status, 'done');
    assert.equal(await server.stop(), 0);
    await assertSound(dataFolder);
  });
});

describe('a deletion that is interrupted', () => {
  let made: Awaited<ReturnType<typeof folderWithLink>>;
  let server: ServerProcess;
  before(async () => {
    made = await folderWithLink();
  });
  beforeEach(async () => {
    const dataFolder = temporaryFolder();
    cpSync(made.dataFolder, dataFolder, { recursive: true });
    server = await startServer({ dataFolder });
  });

  const leftOf = (): number =>
    countOf(server.dataFolder, `SELECT count(*) FROM clicks JOIN links ON links.id = link_id WHERE slug = 'gone'`);
  const isDeleted = (): boolean => countOf(server.dataFolder, 'SELECT count(*) FROM deleted_links') === 1;

  /** Keeps the link in the middle of its deletion: what was done by then is committed, and the command has been told why. */
  async function stopInTheMiddle(): Promise<void> {
    const connection = openForCommand(server.dataFolder);
    connection.exec(
      `CREATE TRIGGER broken BEFORE DELETE ON clicks WHEN (SELECT dropped > 400 FROM link_totals WHERE link_id = old.link_id)
       BEGIN SELECT RAISE(ABORT, 'the middle'); END`,
    );
    const { code, stderr } = await remove(server.dataFolder, made.link.id);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^signpost: the running server could not delete lnk_\w+ \(.*the middle\); it will try again by/,
    );
    await server.kill();
    connection.exec('DROP TRIGGER broken');
    connection.close();
    assert.ok(leftOf() > 0 && leftOf() < manyClicks, String(leftOf()));
    assert.deepEqual(looking(server.dataFolder, auditRollUps), []);
  }

  it('by kill -9 goes on at the next start', async () => {
    await stopInTheMiddle();
    const again = await startServer({ dataFolder: server.dataFolder });
    await until(isDeleted);
    assert.equal(await again.stop(), 0);
    await assertSound(server.dataFolder);
  });

  it('by kill -9 goes on at the next command, without a server', async () => {
    await stopInTheMiddle();
    await assertDeletes(server.dataFolder, made.link.id);
    assert.deepEqual(looking(server.dataFolder, auditRollUps), []);
    assert.equal(countOf(server.dataFolder, 'SELECT count(*) FROM link_deletions'), 0);
  });

  it('by the death of the server before it has begun is finished by the command', async () => {
    // In the middle of nothing, so that it holds no lock of the database.
    for (let isFree = false; !isFree;) {
      process.kill(server.pid, 'SIGSTOP');
      const connection = openForCommand(server.dataFolder);
      connection.pragma('busy_timeout = 0');
      try {
        connection.exec('BEGIN IMMEDIATE; ROLLBACK');
        isFree = true;
      } catch {
        process.kill(server.pid, 'SIGCONT');
      }
      connection.close();
    }
    const deleting = assertDeletes(server.dataFolder, made.link.id);
    await until(() => countOf(server.dataFolder, 'SELECT count(*) FROM link_deletions') === 1);
    assert.equal(isDeleted(), false);
    await server.kill();
    await deleting;
    assert.ok(isDeleted());
    assert.deepEqual(looking(server.dataFolder, auditRollUps), []);
  });
});
