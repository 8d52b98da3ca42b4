// While the database cannot be written: who is told to come back, who is let through, and that nothing is half done afterwards.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openForCommand } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { type ApiAnswer, ApiClient, type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { storedClicks } from './stored-clicks.ts';

after(closeServers);
checkExchanges();

const server = await startServer();
const api = ApiClient.of(server);
const open = await api.createLink({ slug: 'open' });
const limited = await api.createLink({ slug: 'limited', oneTime: true });

let lock: Connection;
before(() => {
  lock = openForCommand(server.dataFolder);
});

describe('while another process holds the database', () => {
  let answers: Record<'made' | 'changed', ApiAnswer> & Record<'ready' | 'visit' | 'once' | 'shown', HttpAnswer>;

  before(async () => {
    lock.exec('BEGIN IMMEDIATE');
    const [made, changed, ready, visit, once, shown] = await Promise.all([
      api.post('/links', { destinationUrl: 'https://example.com/', slug: 'never' }),
      api.patch(`/links/${open.id}`, { title: 'never' }),
      sendRequest(server.address, { path: '/readyz' }),
      api.visit('open'),
      api.visit('limited', { accept: 'application/json' }),
      api.visit('limited', { accept: 'text/html' }),
    ]);
    answers = { made, changed, ready, visit, once, shown };
  });
  after(() => lock.exec('ROLLBACK'));

  it('tells those who write, and whoever asks whether it is ready, to come back', () => {
    for (const { status, headers, text } of [answers.made, answers.changed, answers.ready]) {
      const { error } = JSON.parse(text) as { error: { code: string } };
      assert.deepEqual([status, error.code, headers['retry-after']], [503, 'UNAVAILABLE', '1']);
      assert.doesNotMatch(text, /SQLITE|locked|busy/i);
    }
  });

  it('ties each failure to its line in the log', async () => {
    for (const { headers } of [answers.made, answers.changed]) {
      await server.logged(new RegExp(`"requestId":"${String(headers['x-request-id'])}".*database is locked`));
    }
  });

  it('lets visitors through, but not past a limit that it could not count', () => {
    assert.deepEqual([answers.visit.status, answers.visit.headers.location], [302, 'https://example.com/']);
    const { status, headers, text } = answers.once;
    assert.deepEqual([status, headers['retry-after'], headers.location], [503, '1', undefined]);
    assert.equal((JSON.parse(text) as { error: { code: string } }).error.code, 'UNAVAILABLE');
  });

  it('shows people a page that says so, and not where the link leads', () => {
    const { status, headers, text } = answers.shown;
    assert.deepEqual([status, headers['retry-after'], headers.location], [503, '1', undefined]);
    assert.match(String(headers['content-type']), /^text\/html/);
    assert.match(text, /The server is very busy\. Your link is fine\./);
    assert.doesNotMatch(text, /example\.com|SQLITE|locked/);
  });

  it('still reads', async () => {
    assert.equal((await sendRequest(server.address, { path: '/healthz' })).status, 200);
    assert.equal((await api.get('/links')).meta.total, 2);
  });
});

describe('afterwards', () => {
  it('nothing of it has happened, and everything works again', async () => {
    assert.equal((await sendRequest(server.address, { path: '/readyz' })).status, 200);
    assert.deepEqual(await api.link(open.id), open);
    assert.deepEqual(await api.link(limited.id), limited);
    assert.deepEqual([storedClicks(server.dataFolder, 'open'), storedClicks(server.dataFolder, 'limited')], [[], []]);
    await api.createLink({ slug: 'never' });
    assert.equal((await api.visit('limited')).status, 302);
    assert.equal((await api.visit('limited')).status, 410);
    lock.close();
    assert.equal(await server.stop(), 0);
  });
});
