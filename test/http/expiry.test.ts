// The end of a link: at its very moment, for everybody and in every form; and where those are led who come after it.

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, type LinkObject, personsBrowser, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, MachineClock, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const password = 'correct horse';
const expiredUrl = 'https://example.com/over?a=1#b';
const formType = { 'content-type': 'application/x-www-form-urlencoded' };
const crawler = { 'user-agent': 'facebookexternalhit/1.1' };

const noon = Date.parse('2026-07-01T12:00:00Z');
const minuteMs = 60_000;
const clock = new MachineClock(new Date(noon).toISOString(), { stands: true });
let now = noon;

function setClock(to: number): void {
  clock.set(to - noon);
  now = to;
}

let server: ServerProcess;
let api: ApiClient;
before(async () => {
  const { environment } = clock;
  server = await startServer({ flags: ['--server-trusted-proxies', '127.0.0.1/32'], environment });
  api = ApiClient.of(server);
});

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

const open = ({ headers, ...asked }: Asked): Promise<HttpAnswer> =>
  sendRequest(server.address, { ...asked, headers: { 'user-agent': personsBrowser, ...headers } });

async function unlock({ slug }: LinkObject): Promise<string> {
  const body = new URLSearchParams({ password }).toString();
  const answer = await open({ method: 'POST', path: `/${slug}`, headers: formType, body });
  assert.equal(answer.status, 303);
  return answer.headers['set-cookie']?.join().split(';', 1)[0] ?? '';
}

/** Lets the link expire in a minute; the moment at which it does. */
async function expireSoon({ id }: LinkObject): Promise<number> {
  const expires = now + minuteMs;
  const answer = await api.patch(`/links/${id}`, { expiresAt: new Date(expires).toISOString() });
  assert.equal(answer.status, 200, answer.text);
  return expires;
}

describe('a link that expires', () => {
  const statusesOf = async (all: readonly Asked[]): Promise<number[]> =>
    (await Promise.all(all.map(open))).map(({ status }) => status);

  it('ends at its moment, not before and not after, for whoever asks for it in whatever way', async () => {
    const [plain, leading, locked, card] = await Promise.all([
      api.createLink(),
      api.createLink({ expiredUrl, redirectStatus: 307 }),
      api.createLink({ password }),
      api.createLink({ ogTitle: 'Card' }),
    ]);
    const cookie = await unlock(locked);
    const wrong = { method: 'POST', path: `/${locked.slug}`, headers: formType, body: 'password=' };
    const ends: [link: LinkObject, asked: Asked, alive: number, gone: number][] = [
      [plain, { path: `/${plain.slug}` }, 302, 410],
      [plain, { path: `/${plain.slug}`, method: 'HEAD' }, 302, 410],
      [plain, { path: `/${plain.slug}`, headers: { 'user-agent': 'curl/8.14.1' } }, 302, 410],
      [plain, { path: `/${plain.slug}+` }, 200, 410],
      [leading, { path: `/${leading.slug}` }, 307, 302],
      [locked, { path: `/${locked.slug}` }, 200, 410],
      [locked, { path: `/${locked.slug}`, headers: { cookie } }, 302, 410],
      [locked, wrong, 401, 410],
      [card, { path: `/${card.slug}`, headers: crawler }, 200, 410],
    ];
    for (const link of [plain, leading, locked, card]) {
      const expires = await expireSoon(link);
      const own = ends.filter(([of]) => of === link);
      const asked = own.map(([, one]) => one);
      const [alive, gone] = [own.map(([, , status]) => status), own.map(([, , , status]) => status)];
      for (const [at, expected] of [
        [now, alive],
        [expires - 1, alive],
        [expires, gone],
        // And so it stays.
        [expires + 1, gone],
      ] as const) {
        setClock(at);
        assert.deepEqual(await statusesOf(asked), expected, `${link.slug}, ${at - expires} ms`);
      }
    }
    // Nobody has to come by for that.
    const { outcome } = (await api.post(`/links/${card.id}/explain`, {})).data<{ outcome: string }>();
    assert.equal(outcome, 'expired');
  });

  it('works again once it is given more time, and ends when that is taken away', async () => {
    const link = await api.createLink();
    setClock(await expireSoon(link));
    assert.equal((await api.visit(link.slug)).status, 410);
    await api.patch(`/links/${link.id}`, { expiresAt: '2999-01-01T00:00:00Z' });
    assert.equal((await api.visit(link.slug)).status, 302);
    setClock(await expireSoon(link));
    assert.equal((await api.visit(link.slug)).status, 410);
    await api.patch(`/links/${link.id}`, { expiresAt: null });
    assert.equal((await api.visit(link.slug)).status, 302);
  });
});

describe('expiredUrl', () => {
  const ended: [name: string, make: (fields: object) => Promise<LinkObject>][] = [
    [
      'of a link that has expired',
      async (fields) => {
        const link = await api.createLink(fields as Record<string, unknown>);
        setClock(await expireSoon(link));
        return link;
      },
    ],
    [
      'of a link that was used once',
      async (fields) => {
        const link = await api.createLink({ ...fields, oneTime: true });
        assert.equal((await api.visit(link.slug)).status, 307);
        return link;
      },
    ],
    [
      'of a link whose clicks are used up',
      async (fields) => {
        const link = await api.createLink({ ...fields, clickLimit: 2 });
        for (let n = 0; n < 2; n++) assert.equal((await api.visit(link.slug)).status, 307);
        return link;
      },
    ],
  ];

  for (const [name, make] of ended) {
    it(`${name} is where everybody is led, just as it stands, and nothing is counted`, async () => {
      const link = await make({ expiredUrl, redirectStatus: 307, utmSource: 'mail', ogTitle: 'Card' });
      const counted = (await api.link(link.id)).clickCount;
      for (const asked of [
        { path: `/${link.slug}` },
        { path: `/${link.slug}?b=2` },
        { path: `/${link.slug}`, method: 'HEAD' },
        { path: `/${link.slug}`, headers: { accept: 'application/json' } },
        { path: `/${link.slug}`, headers: crawler },
        { path: `/${link.slug}`, headers: { 'user-agent': '' } },
      ]) {
        const { status, headers, text } = await open(asked);
        const { date, 'x-request-id': requestId, connection, 'keep-alive': _, ...rest } = headers;
        assert.deepEqual([status, text], [302, ''], JSON.stringify(asked));
        assert.deepEqual(rest, {
          location: expiredUrl,
          'cache-control': 'private, no-store',
          'x-robots-tag': 'noindex',
          'referrer-policy': 'no-referrer-when-downgrade',
          'content-length': '0',
        });
        assert.ok(date && requestId && connection);
      }
      const preview = await open({ path: `/${link.slug}+` });
      assert.deepEqual([preview.status, preview.headers.location], [410, undefined]);
      assert.equal((await api.link(link.id)).clickCount, counted);
      // Who took it down by hand wants nobody led on.
      await api.delete(`/links/${link.id}`);
      assert.deepEqual([(await api.visit(link.slug)).status], [410]);
    });
  }

  it('is where everybody is led whom a limit refuses at the same moment', async () => {
    for (let round = 0; round < 3; round++) {
      const link = await api.createLink({ clickLimit: 3, expiredUrl });
      const answers = await Promise.all(Array.from({ length: 100 }, () => api.visit(link.slug)));
      const led = answers.map(({ status, headers }) => `${status} ${headers.location}`);
      assert.equal(led.filter((one) => one === '302 https://example.com/').length, 3);
      assert.equal(led.filter((one) => one === `302 ${expiredUrl}`).length, 97);
    }
  });

  it('is where those are led, without a cookie, who give the right password at the same moment', async () => {
    const body = new URLSearchParams({ password }).toString();
    for (let round = 0; round < 3; round++) {
      const { slug } = await api.createLink({ password, oneTime: true, expiredUrl });
      const send = (from: string) =>
        open({ method: 'POST', path: `/${slug}`, headers: { ...formType, 'x-forwarded-for': from }, body });
      // As many as are checked or may wait.
      const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => send(`192.0.2.${i}`)));
      const [first, ...others] = answers.toSorted((a, b) => b.status - a.status);
      assert.deepEqual([first?.status, first?.headers.location], [303, 'https://example.com/']);
      for (const { status, headers } of others)
        assert.deepEqual([status, headers.location, headers['set-cookie']], [302, expiredUrl, undefined]);
    }
  });
});
