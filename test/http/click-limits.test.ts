// Click limits under a crowd: exactly so many people pass, however many come at once, and whoever is no person uses up nothing.

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { after, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const server = await startServer({
  flags: ['--server-trusted-proxies', '127.0.0.1/32', '--server-max-connections', '2000'],
});
const api = ApiClient.of(server);
const crowd = 500;
const rounds = 3;
const password = 'correct horse';

interface Request {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

const visit = ({ headers, ...request }: Request): Promise<HttpAnswer> =>
  sendRequest(server.address, { ...request, headers: { 'user-agent': personsBrowser, ...headers } });

const crawler = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const messenger = 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)';

/** Everybody who looks at a link without being a person who follows it. */
const onlookers = (slug: string): Request[] => [
  { path: `/${slug}`, method: 'HEAD' },
  { path: `/${slug}`, headers: { 'user-agent': crawler } },
  { path: `/${slug}`, headers: { 'user-agent': messenger } },
  { path: `/${slug}`, headers: { 'user-agent': 'curl/8.14.1' } },
  { path: `/${slug}`, headers: { 'user-agent': '' } },
  { path: `/${slug}`, headers: { 'sec-purpose': 'prefetch;prerender' } },
  { path: `/${slug}`, headers: { purpose: 'prefetch' } },
  { path: `/${slug}`, headers: { 'x-moz': 'prefetch' } },
  { path: `/${slug}+` },
  { path: `/${slug}+`, method: 'HEAD' },
  { path: `/${slug}`, method: 'OPTIONS' },
  { path: `/${slug}`, method: 'DELETE' },
];

/** Evenly among one another, so that each kind meets every moment of the rush. */
function mixed(people: readonly Request[], others: readonly Request[]): Request[] {
  const every = Math.floor(people.length / others.length);
  return people.flatMap((person, i) => (i % every === 0 ? [others[(i / every) % others.length]!, person] : [person]));
}

const limits: [name: string, fields: Record<string, unknown>, passing: number][] = [
  ['a one-time link', { oneTime: true }, 1],
  ['a limit of 37', { clickLimit: 37 }, 37],
  ['a limit of 37 where programs count', { clickLimit: 37, filterBots: false }, 37],
  ['a limit of 37 without analytics', { clickLimit: 37, trackAnalytics: false }, 37],
];

describe(`${crowd} people at once`, () => {
  limits.forEach(([name, fields, passing], n) => {
    it(`pass ${name} exactly ${passing} times, among others who use up nothing`, async () => {
      for (let round = 0; round < rounds; round++) {
        const slug = `rush-${n}-${round}`;
        const { id } = await api.createLink({ slug, ...fields });
        // Programs are people to a link that counts them.
        const others = onlookers(slug).filter(
          ({ headers }) => fields['filterBots'] === undefined || headers?.['user-agent'] === undefined,
        );
        const people = Array.from({ length: crowd }, (): Request => ({ path: `/${slug}` }));
        const requests = mixed(people, others);
        const answers = await Promise.all(requests.map(visit));
        const passed = answers.filter(({ status }, i) => status === 302 && people.includes(requests[i]!)).length;
        assert.equal(passed, passing, `round ${round}`);
        assert.ok(answers.every(({ status }) => [200, 302, 405, 410].includes(status)));
        assert.equal((await api.link(id)).clickCount, passing);
      }
    });
  });

  it('pass a limit of 5 behind a password 5 times, by the form and by its cookie together', async () => {
    const { slug: sample } = await api.createLink({ password });
    for (let round = 0; round < rounds; round++) {
      const { slug, id } = await api.createLink({ password, clickLimit: 5 });
      assert.equal((await post(slug, password, 0)).status, 303);
      const { headers } = await post(slug, password, 1);
      const cookie = headers['set-cookie']?.join().split(';', 1)[0] ?? '';
      const people = Array.from({ length: crowd }, (): Request => ({ path: `/${slug}`, headers: { cookie } }));
      // Those who only look at the form, or fail at it.
      const others: Request[] = [
        { path: `/${slug}` },
        { path: `/${slug}`, method: 'HEAD', headers: { cookie } },
        { path: `/${slug}`, headers: { cookie, 'user-agent': crawler } },
        { path: `/${slug}+`, headers: { cookie } },
        { path: `/${slug}`, headers: { cookie: `${cookie}x` } },
      ];
      const wrong = Array.from({ length: 8 }, (_, i) => post(slug, 'wrong', 10 + i));
      const requests = mixed(people, others);
      const answers = await Promise.all(requests.map(visit));
      assert.equal(answers.filter(({ status }, i) => status === 302 && people.includes(requests[i]!)).length, 3);
      assert.ok((await Promise.all(wrong)).every(({ status }) => status === 401 || status === 410));
      assert.equal((await api.link(id)).clickCount, 5);
    }
    assert.equal((await visit({ path: `/${sample}` })).status, 200);
  });
});

function post(slug: string, given: string, from: number): Promise<HttpAnswer> {
  const body = new URLSearchParams({ password: given }).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length };
  return visit({ method: 'POST', path: `/${slug}`, headers: { ...type, 'x-forwarded-for': `9.9.9.${from}` }, body });
}

describe('whoever only looks', () => {
  it('finds a one-time link as it was, and so does the person who comes after', async () => {
    const { slug } = await api.createLink({ oneTime: true });
    for (let round = 0; round < 5; round++) await Promise.all(onlookers(slug).map(visit));
    const preview = await visit({ path: `/${slug}+` });
    assert.equal(preview.status, 200);
    assert.match(preview.text, /https:\/\/example\.com\//);
    assert.equal((await visit({ path: `/${slug}` })).status, 302);
    assert.equal((await visit({ path: `/${slug}` })).status, 410);
    // Used up: its destination is nobody's business any more.
    const after = await visit({ path: `/${slug}+` });
    assert.equal(after.status, 410);
    assert.doesNotMatch(after.text, /example\.com/);
  });

  it('finds a link used up as soon as it gets a limit that many have passed before', async () => {
    const made = await Promise.all([{}, {}, {}].map((fields) => api.createLink(fields)));
    const rush = Array.from({ length: 120 }, (_, i) => ({ path: `/${made[i % made.length]!.slug}` }));
    await visit(rush[0]!);
    const answers = await Promise.all(rush.map(visit));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([302]));
    for (const { id, slug } of made) {
      const { status } = await api.send('PATCH', `/links/${id}`, { clickLimit: 40 });
      assert.equal(status, 200);
      for (const request of [{ path: `/${slug}`, method: 'HEAD' }, { path: `/${slug}+` }, { path: `/${slug}` }])
        assert.equal((await visit(request)).status, 410);
    }
  });
});
