import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { sendJson, startServerAs, withoutTimes } from '../support/dialects.ts';
import { closeServers } from '../support/server-process.ts';

after(closeServers);

// As yeb.to's own, so that its examples need no change.
const server = await startServerAs('https://yeb.to', {
  flags: ['--server-trusted-proxies=127.0.0.1/32', '--privacy-ip=full', '--dialects-yeb-requests-per-second=0'],
});
const user = addUser(server);
const key = user.client.key!;
const path = (name: string): string => `/v1/short-links/${name}`;

const ask = (name: string, body: object): Promise<HttpAnswer> =>
  sendJson(server.address, path(name), { api_key: key, ...body });

/** The text of a success, without its times. */
async function textOf(name: string, body: object, keep: readonly string[] = []): Promise<string> {
  const answer = await ask(name, body);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  return withoutTimes(answer.text, keep);
}

interface YebLink {
  readonly short_code: string;
  readonly alias: string | null;
  readonly total_clicks: number;
  readonly updated_at: string;
}

const dataOf = async (name: string, body: object): Promise<YebLink> =>
  (JSON.parse((await ask(name, body)).text) as { data: YebLink }).data;

const chrome =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36';

/** As a visitor at this address. */
function visit(target: string, address: string, method = 'GET', body?: string): Promise<HttpAnswer> {
  const form = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const headers = { 'user-agent': chrome, 'x-forwarded-for': address, ...form };
  return sendRequest(server.address, { method, path: target, headers, ...(body === undefined ? {} : { body }) });
}

const expires = '2025-12-31T23:59:00Z';

describe('yeb.to', () => {
  it('shows buckets only where advanced_analytics says so, from the same clicks', async () => {
    const { alias } = await dataOf('create-basic', { original_url: 'https://example.com/', alias: 'basic' });
    assert.equal((await visit('/l/basic', '8.8.8.8')).headers.location, 'https://example.com/');
    const empty = '"by_country":[],"by_device":[],"by_browser":[],"by_os":[]}}';
    const before = await textOf('stats', { code: alias!, tz: 'Europe/Sofia', period: '7d' });
    assert.ok(before.endsWith(empty), before);
    assert.match(before, /"tz":"Europe\/Sofia".*"total_clicks":1.*"unique_countries":1,/);
    await textOf('update', { code: alias!, advanced_analytics: true });
    assert.match(
      await textOf('stats', { code: alias!, period: '90d' }),
      /"by_device":\[\{"key":"mobile","count":1\}\]/,
    );
  });

  it('shows the path of the alias, and that of the short_code where there is none', async () => {
    for (const name of ['create-basic', 'create-advanced']) {
      const text = await textOf(name, { original_url: 'https://example.com/' });
      const { data } = JSON.parse(text) as { data: YebLink & { public_url: string } };
      assert.match(data.short_code, /^[2-9A-HJ-NP-Za-km-z]{7}$/);
      assert.deepEqual([data.alias, data.public_url], [null, `https://yeb.to/l/${data.short_code}`]);
      assert.equal((await visit(`/l/${data.short_code}`, '8.8.8.8')).status, 302);
      const named = await textOf('update', { code: data.short_code, alias: `named-${name}` });
      assert.match(named, new RegExp(`"public_url":"https://yeb.to/l/named-${name}"`));
    }
  });

  it('lets the kind of creation decide about advanced_analytics, and only an update change it', async () => {
    const flagOf = (text: string): unknown =>
      (JSON.parse(text) as { data: Record<string, unknown> }).data['advanced_analytics'];
    for (const [name, decided] of [
      ['create-basic', false],
      ['create-advanced', true],
    ] as const) {
      for (const sent of [undefined, null, true, false]) {
        const alias = `${name}-${sent}`;
        const fields = { original_url: 'https://example.com/', alias, advanced_analytics: sent };
        assert.equal(flagOf(await textOf(name, fields)), decided, alias);
        assert.equal(flagOf(await textOf('update', { code: alias, click_limit: 5 })), decided, alias);
        assert.equal(flagOf(await textOf('update', { code: alias, advanced_analytics: !decided })), !decided, alias);
        assert.equal(flagOf(await textOf('get', { code: alias })), !decided, alias);
      }
    }
  });

  it('tells its queries where debug is true', async () => {
    const text = await textOf('stats', { code: 'basic', debug: true });
    assert.match(
      text,
      /,"debug":\{"queries":\[\{"name":"clicks","ms":[\d.]+\},\{"name":"password_visits","ms":[\d.]+\},\{"name":"recent_clicks","ms":[\d.]+\}\]\}\}\}$/,
    );
  });

  it('adds the scheme that is missing', async () => {
    const urls = [
      ['example.com/pricing', 'https://example.com/pricing'],
      ['example.com:8443/a?b=c', 'https://example.com:8443/a?b=c'],
      ['//example.com/a', 'https://example.com/a'],
      ['http://example.com', 'http://example.com/'],
    ];
    for (const [given, stored] of urls) {
      assert.match(
        await textOf('create-basic', { original_url: given }),
        new RegExp(`"original_url":"${RegExp.escape(stored!)}"`),
      );
    }
  });

  it('leads by either code, on both paths, and forgets the codes that a link gave up', async () => {
    await textOf('create-basic', {
      original_url: 'https://example.com/',
      alias: 'first-alias',
      short_code: 'first-code',
    });
    const statuses = async (...targets: string[]): Promise<number[]> =>
      Promise.all(targets.map(async (target) => (await visit(target, '8.8.8.8')).status));
    assert.deepEqual(
      await statuses('/l/first-alias', '/l/first-code', '/first-alias', '/first-code'),
      [302, 302, 302, 302],
    );
    const changed = await dataOf('update', { code: 'first-alias', alias: 'next-alias', short_code: 'next-code' });
    assert.deepEqual([changed.alias, changed.short_code, changed.total_clicks], ['next-alias', 'next-code', 4]);
    assert.deepEqual(
      await statuses('/l/first-alias', '/first-code', '/l/next-alias', '/next-code'),
      [404, 404, 302, 302],
    );
    // What was given up is free.
    await textOf('create-basic', {
      original_url: 'https://example.com/',
      alias: 'first-code',
      short_code: 'first-alias',
    });
    // Codes may change places, and an alias may go.
    const swapped = await dataOf('update', { code: 'next-code', alias: 'next-code', short_code: 'next-alias' });
    assert.deepEqual([swapped.alias, swapped.short_code], ['next-code', 'next-alias']);
    assert.equal((await dataOf('update', { code: 'next-code', alias: null })).alias, null);
    assert.deepEqual(await statuses('/l/next-code', '/l/next-alias'), [404, 302]);
  });

  it('replaces all settings at once, and clears what null or an empty password clears', async () => {
    const settings = [
      { key: 'owner', value: 'growth' },
      { key: 'cost', value: 7 },
    ];
    const fields = {
      alias: 'settled',
      password: 'letmein',
      expires_at: expires,
      click_limit: 3,
      one_time: true,
      settings,
    };
    await textOf('create-basic', { original_url: 'https://example.com/', ...fields });
    assert.match(
      await textOf('update', { code: 'settled', settings: [{ key: 'new', value: null }] }),
      /"settings":\[\{"key":"new","value":null\}\]/,
    );
    assert.match(await textOf('update', { code: 'settled' }), /"settings":\[\{"key":"new","value":null\}\]/);
    assert.match(await textOf('update', { code: 'settled', settings: [] }), /"settings":\[\]/);
    const cleared = await textOf('update', {
      code: 'settled',
      password: '',
      expires_at: null,
      click_limit: null,
      one_time: false,
    });
    assert.match(cleared, /"expires_at":null,"click_limit":null,"one_time":false/);
    assert.equal((await visit('/l/settled', '8.8.8.8')).status, 302);
  });

  it('takes an alias of one letter, and one of a hundred', async () => {
    for (const alias of ['-', 'A'.repeat(100)]) {
      await textOf('create-basic', { original_url: 'https://example.com/', alias });
      assert.equal((await visit(`/l/${alias}`, '8.8.8.8')).status, 302);
    }
  });

  it('takes forms of both kinds', async () => {
    const text =
      `api_key=${key}&original_url=example.com%2Fform&alias=by-form&click_limit=5&one_time=0&expires_at=&password=` +
      '&settings[0][key]=owner&settings[0][value]=growth&settings[1][key]=a&settings[1][value]=b';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await sendRequest(server.address, {
      method: 'POST',
      path: path('create-advanced'),
      headers,
      body: text,
    });
    assert.match(
      answer.text,
      /"alias":"by-form".*"expires_at":null,"click_limit":5,"one_time":false,.*"settings":\[\{"key":"owner","value":"growth"\},\{"key":"a","value":"b"\}\]/,
    );
    const form = new FormData();
    for (const [name, value] of Object.entries({ api_key: key, original_url: 'example.com', alias: 'by-parts' }))
      form.set(name, value);
    const parts = new Response(form);
    const multipart = await sendRequest(server.address, {
      method: 'POST',
      path: path('create-basic'),
      headers: { 'content-type': parts.headers.get('content-type')! },
      body: Buffer.from(await parts.arrayBuffer()),
    });
    assert.match(multipart.text, /"alias":"by-parts"/);
    // What curl calls a form when it is told nothing else.
    const json = JSON.stringify({ api_key: key, code: 'by-form' });
    assert.equal(
      (await sendRequest(server.address, { method: 'POST', path: path('get'), headers, body: json })).status,
      200,
    );
  });

  it('takes the key as a Bearer, and makes a request with an Idempotency-Key once', async () => {
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'once' };
    const body = { original_url: 'https://example.com/', alias: 'by-bearer' };
    const first = await sendJson(server.address, path('create-basic'), body, headers);
    const second = await sendJson(server.address, path('create-basic'), body, headers);
    assert.deepEqual([first.status, second.text], [200, first.text]);
  });
});

describe('a link below /l/', () => {
  it('is not found in every state in which it does not lead on, where the native path says 410', async () => {
    const make = (alias: string, fields: object) =>
      textOf('create-basic', { original_url: 'https://example.com/', alias, ...fields });
    await make('is-expired', { expires_at: expires });
    await make('is-locked-and-expired', { expires_at: expires, password: 'letmein' });
    await make('is-used-up', { one_time: true });
    await make('is-limited', { click_limit: 1 });
    await make('is-deleted', {});
    await textOf('delete', { code: 'is-deleted' });
    for (const alias of ['is-used-up', 'is-limited']) assert.equal((await visit(`/l/${alias}`, '8.8.8.8')).status, 302);
    const unknown = await visit('/l/there-is-none', '8.8.8.8');
    assert.equal(unknown.status, 404);
    for (const alias of ['is-expired', 'is-locked-and-expired', 'is-used-up', 'is-limited', 'is-deleted']) {
      const answer = await visit(`/l/${alias}`, '8.8.8.8');
      assert.deepEqual([answer.status, answer.text], [404, unknown.text], alias);
      assert.equal((await visit(`/${alias}`, '8.8.8.8')).status, 410);
    }
    const { id } = await user.client.createLink({
      slug: 'goes-elsewhere',
      oneTime: true,
      expiredUrl: 'https://example.com/over',
    });
    assert.equal((await visit('/l/goes-elsewhere', '8.8.8.8')).status, 302);
    assert.equal((await visit('/l/goes-elsewhere', '8.8.8.8')).status, 404);
    assert.equal((await visit('/goes-elsewhere', '8.8.8.8')).headers.location, 'https://example.com/over');
    assert.equal((await user.client.link(id)).clickCount, 1);
    for (const target of ['/l/', '/l', '/l/a/b', '/l/%00', '/l/is-expired+', '/l/%ff'])
      assert.equal((await visit(target, '8.8.8.8')).status, 404, target);
  });

  it('is not found for any other method either, and one that leads on takes those that it takes', async () => {
    const make = (alias: string, fields: object = {}) =>
      textOf('create-basic', { original_url: 'https://example.com/', alias, ...fields });
    await make('over', { expires_at: expires });
    await make('locked-and-over', { expires_at: expires, password: 'letmein' });
    await make('leads-on');
    await make('leads-on-locked', { password: 'letmein' });
    const send = async (target: string, method: string) => {
      const { status, headers, text } = await visit(target, '8.8.8.8', method, 'password=letmein');
      return { status, allow: headers.allow, text };
    };
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const unknown = await send('/l/there-is-none', method);
      assert.deepEqual([unknown.status, unknown.allow], [404, undefined]);
      for (const target of ['/l/over', '/l/locked-and-over', '/l/leads-on+', '/l/leads-on-locked+', '/l', '/l/'])
        assert.deepEqual(await send(target, method), unknown, `${method} ${target}`);
      const open = await send('/l/leads-on', method);
      assert.deepEqual([open.status, open.allow], [405, 'GET, HEAD']);
      if (method === 'POST') continue;
      const locked = await send('/l/leads-on-locked', method);
      assert.deepEqual([locked.status, locked.allow], [405, 'GET, HEAD, POST']);
    }
    assert.equal((await send('/l/leads-on-locked', 'POST')).status, 303);
  });

  it('uses a limit up exactly, whichever path people come by', async () => {
    await textOf('create-basic', {
      original_url: 'https://example.com/',
      alias: 'ten-times',
      short_code: 'ten-code',
      click_limit: 10,
    });
    const paths = ['/l/ten-times', '/ten-times', '/l/ten-code', '/ten-code'];
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => visit(paths[n % paths.length]!, '8.8.8.8')));
    assert.equal(answers.filter(({ status }) => status === 302).length, 10);
  });
});
