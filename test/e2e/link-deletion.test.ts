// The one way to delete a link for good: by the command line, while the server is stopped.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { closeServers, runSignpost, startServer } from '../support/server-process.ts';

after(closeServers);

describe('signpost links delete', () => {
  it('deletes an archived link with all that is kept of it, and nothing else', async () => {
    const first = await startServer();
    const api = ApiClient.of(first);
    const gone = await api.createLink({ slug: 'gone', tags: ['a'], title: 'needle' });
    const kept = await api.createLink({ slug: 'kept', tags: ['a'], title: 'needle' });
    for (let visit = 0; visit < 3; visit++) await Promise.all([api.visit('gone'), api.visit('kept')]);
    const remove = (id: string) => runSignpost(['links', 'delete', id, '--data-dir', first.dataFolder]);

    const whileRunning = await remove(gone.id);
    assert.equal(whileRunning.code, 3);
    assert.match(whileRunning.stderr, /another Signpost process/);
    await first.stop();
    const whileLive = await remove(gone.id);
    assert.equal(whileLive.code, 1);
    assert.match(whileLive.stderr, /is not archived/);
    assert.equal((await remove('lnk_unknown')).code, 1);

    const second = await startServer({ dataFolder: first.dataFolder });
    const again = new ApiClient(second.address, api.key);
    assert.equal((await again.link(gone.id)).clickCount, 3);
    // What refers to it: a job on its hits alone, a code.
    assert.equal((await again.post('/analytics/reclassify', { linkId: gone.id })).status, 202);
    while ((await again.get('/analytics/reclassify')).data<{ status: string }>().status !== 'done');
    assert.equal((await again.post('/qr', { linkId: gone.id, name: 'poster' })).status, 201);
    await again.delete(`/links/${gone.id}`);
    await second.stop();
    const deleted = await remove(gone.id);
    assert.deepEqual([deleted.code, deleted.stdout], [0, `${gone.id} is deleted\n`], deleted.stderr);
    const reader = openReader(first.dataFolder);
    assert.deepEqual(auditRollUps(reader), []);
    const clicks = reader.prepare<[], number>('SELECT count(*) FROM clicks').pluck().get();
    reader.close();
    assert.equal(clicks, 3);

    const third = await startServer({ dataFolder: first.dataFolder });
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
