// A server whose commits hang: it ends when it is told to, all the same.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { threadsEndMs } from '../../src/core/end-process.ts';
import { stopDeadlineMs } from '../../src/server.ts';
import { addKey, addUser } from '../support/accounts.ts';
import { ApiClient } from '../support/api-client.ts';
import { HangingThreads } from '../support/hanging-threads.ts';
import { compileRecorder, DiskRecord } from '../support/recorded-disk.ts';
import { closeServers, type ServerProcess, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const recorder = compileRecorder();
const skip = 'missing' in recorder && recorder.missing;
const flags = ['--clicks-durability', 'power'];

/** Threads that do nothing any more, whatever they are told. */
async function withHangingThreads(): Promise<ServerProcess> {
  const threads = new HangingThreads();
  const server = await startServer({ flags, environment: threads.environment });
  await openLink(server, () => threads.hang());
  return server;
}

/** A disk that does not answer, and so a thread that cannot even be ended. */
async function withHangingSyncs(): Promise<ServerProcess> {
  const dataFolder = temporaryFolder();
  const record = new DiskRecord((recorder as { library: string }).library, dataFolder);
  const server = await startServer({ dataFolder, flags, environment: record.environment });
  await openLink(server, () => record.hangSyncs());
  return server;
}

/** Opens a link for good: what hangs from the first visits on keeps one of them from its commit. */
async function openLink(server: ServerProcess, hang: () => void | Promise<void>): Promise<void> {
  const api = ApiClient.of(server);
  const { slug } = await api.createLink();
  await hang();
  const visits = async (): Promise<void> => {
    for (;;) await api.visit(slug);
  };
  // Until the server ends.
  void visits().catch(() => {});
}

describe('a server whose commits hang', { concurrency: true }, () => {
  const tooLong = /"level":"fatal",.*"msg":"stopping took too long, ending at once"\}\n$/;

  it('has a deadline within 10 s', () => assert.ok(stopDeadlineMs + threadsEndMs < 10_000));

  it('gives up at its deadline, with 1', async () => {
    const server = await withHangingThreads();
    assert.equal(await server.stop(), 1);
    assert.match(server.stderr(), tooLong);
  });

  it('gives up at its deadline, by a signal where a thread waits for the disk', { skip }, async () => {
    const server = await withHangingSyncs();
    await server.stop();
    assert.equal((await server.ended).signal, 'SIGKILL');
    assert.match(server.stderr(), tooLong);
  });

  it(
    'ends where what it has written cannot be trusted any more, though another thread waits for the disk',
    { skip },
    async () => {
      const dataFolder = temporaryFolder();
      const record = new DiskRecord((recorder as { library: string }).library, dataFolder);
      const server = await startServer({ dataFolder, flags, environment: record.environment });
      const api = ApiClient.of(server);
      const { slug } = await api.createLink();
      assert.equal((await api.visit(slug)).status, 302);
      const admin = addKey(server, addUser(server).id, { scopes: ['admin'] });
      record.hangDatabaseSyncs();
      // At its end the log is moved into the database, so that no address is left in it.
      assert.equal((await admin.post('/clicks/erasure', { address: '192.0.2.1' })).status, 202);
      const isWaiting = (): boolean => {
        const syncs = record.events().filter(({ kind, file }) => kind.startsWith('sync') && file === 'database');
        return syncs.at(-1)?.kind === 'sync begins';
      };
      while (!isWaiting()) await wait(10);
      record.failSyncs();
      await assert.rejects(api.createLink());
      assert.equal((await server.ended).signal, 'SIGKILL');
      assert.match(
        server.stderr(),
        /"level":"fatal",.*"reason":"the database cannot be written safely: disk I\/O error","msg":"ending at once"\}\n$/,
      );
    },
  );

  it('ends at a second signal', { skip }, async () => {
    const server = await withHangingSyncs();
    const ended = server.stop('SIGTERM');
    await server.logged(/"msg":"stopping"/);
    await server.stop('SIGINT');
    await ended;
    assert.match(server.stderr(), /"msg":"second signal, ending at once"\}\n$/);
  });
});
