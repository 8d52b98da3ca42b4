// What holds however many try at once: limits on guesses, and exact click limits behind a password.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import { closing } from '../support/closing.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer, stoppedTimer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const password = 'correct horse';

let server: ServerProcess;
let client: ApiClient;
before(async () => {
  server = await startServer({
    flags: ['--server-trusted-proxies', '127.0.0.1/32'],
    // However long a hundred passwords take, no further try comes back meanwhile.
    environment: { NODE_OPTIONS: stoppedTimer },
  });
  client = ApiClient.of(server);
});

function guess(slug: string, given: string, from: string, headers: OutgoingHttpHeaders = {}): Promise<HttpAnswer> {
  const body = new URLSearchParams({ password: given }).toString();
  return sendRequest(server.address, {
    method: 'POST',
    path: `/${slug}`,
    headers: {
      'user-agent': personsBrowser,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': body.length,
      'x-forwarded-for': from,
      ...headers,
    },
    body,
  });
}

async function statusesOf(answers: readonly Promise<HttpAnswer>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const json = { accept: 'application/json' };

function assertRefused(answer: HttpAnswer): void {
  assert.equal(answer.status, 429);
  assert.match(answer.headers['retry-after'] ?? '', /^[1-9]\d*$/);
  assert.equal(answer.headers.location, undefined);
  assert.equal(answer.headers['set-cookie'], undefined);
}

describe('guessing', () => {
  it('ends after ten wrong passwords: the right one after a hundred does not pass', async () => {
    const { id, slug } = await client.createLink({ password });
    const counts: Record<number, number> = {};
    for (let i = 0; i < 100; i++) {
      const { status } = await guess(slug, `guess ${i}`, '192.0.2.1');
      counts[status] = (counts[status] ?? 0) + 1;
    }
    assert.deepEqual(counts, { 401: 10, 429: 90 });
    const page = await guess(slug, password, '192.0.2.1');
    assertRefused(page);
    assert.match(page.text, /role="alert"[^]*too many/i);
    const told = await guess(slug, password, '192.0.2.1', json);
    assertRefused(told);
    assert.equal((JSON.parse(told.text) as { error: { code: string } }).error.code, 'RATE_LIMITED');
    assert.equal((await client.link(id)).clickCount, 0);
    assert.equal((await guess(slug, password, '192.0.2.2')).status, 303, 'nobody else is kept out');
  });

  it('gains nothing from guessing all at once', async () => {
    for (let round = 0; round < 5; round++) {
      const { slug } = await client.createLink({ password });
      const address = `198.51.106.${round}`;
      // The right one among them: at the start, in the middle or at the end.
      const right = [0, 5, 25, 40, 49][round];
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => guess(slug, i === right ? password : `guess ${i}`, address)),
      );
      assert.ok(answers.every(({ status }, i) => status === 401 || status === 429 || (status === 303 && i === right)));
      let wrong = answers.filter(({ status }) => status === 401).length;
      while ((await guess(slug, 'another guess', address)).status === 401) wrong++;
      assert.ok(wrong <= 10, `${wrong} guesses were looked at in round ${round}`);
      assertRefused(await guess(slug, password, address));
    }
  });

  it('gains nothing from the many addresses of one IPv6 customer', async () => {
    const { slug } = await client.createLink({ password });
    for (let i = 0; i < 10; i++) await guess(slug, 'wrong', `2001:db8:0:1::${i.toString(16)}`);
    assertRefused(await guess(slug, password, '2001:db8:0:1:ffff::1'));
    assert.equal((await guess(slug, password, '2001:db8:0:2::1')).status, 303);
  });

  it('ends for a while for everybody where a hundred addresses guess at one link', async () => {
    const { slug } = await client.createLink({ password });
    for (let i = 0; i < 100; i++) await guess(slug, `guess ${i}`, `198.51.100.${i}`);
    assertRefused(await guess(slug, password, '198.51.100.200'));
  });

  it('ends on every link for an address that goes from link to link', async () => {
    const links = await Promise.all(Array.from({ length: 4 }, () => client.createLink({ password })));
    for (const { slug } of links.slice(0, 3))
      for (let i = 0; i < 10; i++) assert.equal((await guess(slug, 'wrong', '192.0.2.20')).status, 401);
    assertRefused(await guess(links[3]!.slug, password, '192.0.2.20'));
  });

  it('is never what a right password is taken for, nor an empty one', async () => {
    const { id, slug } = await client.createLink({ password });
    for (let i = 0; i < 30; i++) {
      assert.equal((await guess(slug, password, '192.0.2.30')).status, 303);
      assert.equal((await guess(slug, '', '192.0.2.30')).status, 401);
    }
    assert.equal((await client.link(id)).clickCount, 30);
  });
});

describe('a click limit behind a password', () => {
  // At most 18 passwords are checked or wait at once; more are asked to come back, which is not what these tests are about.
  const atOnce = 16;

  it('lets exactly one through where a link works once', async () => {
    const { id, slug } = await client.createLink({ password, oneTime: true });
    for (let i = 0; i < 5; i++) await client.visit(slug);
    await guess(slug, 'wrong', '192.0.2.40');
    const answers = Array.from({ length: atOnce }, (_, i) => guess(slug, password, `198.51.101.${i}`));
    assert.deepEqual(await statusesOf(answers), { 303: 1, 410: atOnce - 1 });
    assert.equal((await client.link(id)).clickCount, 1);
    assert.equal((await client.visit(slug)).status, 410);
  });

  it('counts the form’s redirects and the cookie’s together', async () => {
    const { id, slug } = await client.createLink({ password, clickLimit: 10 });
    const first = await guess(slug, password, '192.0.2.50');
    const cookie = first.headers['set-cookie']?.join().split(';', 1)[0] ?? '';
    const answers = Array.from({ length: 2 * atOnce }, (_, i) =>
      i % 2 === 0 ? guess(slug, password, `198.51.102.${i}`) : client.visit(slug, { cookie }),
    );
    const counts = await statusesOf(answers);
    assert.equal((counts[303] ?? 0) + (counts[302] ?? 0), 9, JSON.stringify(counts));
    assert.equal(counts[410], 2 * atOnce - 9);
    assert.equal((await client.link(id)).clickCount, 10);
  });

  it('is not used up by someone who has gone before the answer', async () => {
    const { id, slug } = await client.createLink({ password, oneTime: true });
    const body = `password=${encodeURIComponent(password)}`;
    // Others are before it in the queue: it has gone by the time that it is its turn.
    const others = Array.from({ length: 12 }, (_, i) => guess(slug, 'wrong', `198.51.107.${i}`));
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const head = `POST /${slug} HTTP/1.1\r\nHost: x\r\nUser-Agent: ${personsBrowser}\r\nX-Forwarded-For: 192.0.2.80\r\n`;
    const type = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n`;
    const closed = closing(socket);
    socket.write(head + type + body, () => socket.destroy());
    await closed;
    assert.deepEqual(await statusesOf(others), { 401: others.length });
    // Passwords are checked in turn, so that after this one the other has been, too.
    assert.equal((await guess(slug, 'wrong', '192.0.2.81')).status, 401);
    assert.equal((await guess(slug, 'wrong', '192.0.2.81')).status, 401);
    assert.equal((await client.link(id)).clickCount, 0);
    assert.equal((await guess(slug, password, '192.0.2.81')).status, 303);
  });

  it('gives no cookie to whom it does not let through, and sends them to the expired URL', async () => {
    const expiredUrl = 'https://example.com/too-late';
    const { slug } = await client.createLink({ password, oneTime: true, expiredUrl });
    assert.equal((await guess(slug, password, '192.0.2.60')).status, 303);
    const late = await guess(slug, password, '192.0.2.60');
    assert.deepEqual([late.status, late.headers.location], [302, expiredUrl]);
    assert.equal(late.headers['set-cookie'], undefined);
  });

  it('is not touched by bots that know the password', async () => {
    const { id, slug } = await client.createLink({ password, oneTime: true });
    const answer = await guess(slug, password, '192.0.2.70', { 'user-agent': 'curl/8.10.1' });
    assert.equal(answer.status, 303);
    assert.equal((await client.link(id)).clickCount, 0);
    assert.equal((await client.stats(id, 'bots=only')).totalClicks, 1);
  });
});

describe('many passwords at once', () => {
  it('are checked a few at a time, and the rest are asked to come back', async () => {
    const { slug } = await client.createLink({ password });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => guess(slug, password, `198.51.103.${i}`, i % 2 === 0 ? {} : json)),
    );
    const passed = answers.filter(({ status }) => status === 303).length;
    assert.ok(passed >= 18 && passed < 60, `${passed} passed`);
    for (const answer of answers.filter(({ status }) => status !== 303)) {
      assertRefused(answer);
      // They have guessed nothing, and are not told that they had.
      assert.doesNotMatch(answer.text, /wrong/);
      assert.match(answer.text, /The server is very busy|"code":"RATE_LIMITED"/);
    }
    assert.equal((await guess(slug, password, '198.51.103.100')).status, 303);
  });

  it('take their time, in which the password may change: the old one then opens nothing', async () => {
    const { id, slug } = await client.createLink({ password });
    // Others stand in the queue before the change, and between the change and the one who knows the old password.
    const before = Array.from({ length: 8 }, (_, i) => guess(slug, 'wrong', `198.51.104.${i}`));
    const change = client.patch(`/links/${id}`, { password: 'another one' });
    const between = Array.from({ length: 6 }, (_, i) => guess(slug, 'wrong', `198.51.105.${i}`));
    const late = await guess(slug, password, '192.0.2.90');
    assert.equal(late.status, 401);
    assert.equal(late.headers['set-cookie'], undefined);
    await Promise.all([...before, ...between]);
    assert.equal((await change).status, 200);
    assert.equal((await client.link(id)).clickCount, 0);
  });
});
