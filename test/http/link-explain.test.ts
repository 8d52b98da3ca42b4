// POST /links/:id/explain: what a visit that is only described would meet. It says what a real one gets, and leaves no trace.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { ApiClient, type HttpAnswer, type LinkObject, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let client: ApiClient;
let other: ApiClient;
before(async () => {
  server = await startServer({ flags: ['--server-trusted-proxies', '127.0.0.1/32'] });
  client = ApiClient.of(server);
  other = addUser(server).client;
});

interface Explained {
  readonly outcome: string;
  readonly status: number;
  readonly location: string | null;
  readonly target: string | null;
  readonly counts: boolean;
  readonly verdict: string;
  readonly visitor: { readonly country: string | null; readonly device: string };
  readonly rules: readonly { rule: string; decides: boolean; why: string }[];
}

const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const pixel =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36';
const television =
  'Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36';
const messenger = 'facebookexternalhit/1.1';
const american = '8.8.8.8';

const explained = async (id: string, visit: object): Promise<Explained> =>
  (await client.post(`/links/${id}/explain`, visit)).data<Explained>();

describe('an explanation', () => {
  const to = 'https://example.com/';
  const full = {
    iosUrl: 'app://ios',
    androidUrl: 'app://android',
    geoTargets: { US: `${to}us` },
    deviceTargets: { desktop: `${to}desktop`, mobile: `${to}mobile` },
    utmSource: 'mail',
  };
  const links: [name: string, fields: Record<string, unknown>][] = [
    ['full', full],
    ['plain', { redirectStatus: 308, forwardQuery: false }],
    ['locked', { ...full, password: 'correct horse', ogTitle: 'Card' }],
    ['card', { ...full, ogTitle: 'Card' }],
    ['card, where programs count', { ogImage: `${to}card.png`, filterBots: false }],
    ['programs count', { filterBots: false }],
    ['used up', { oneTime: true }],
    ['used up, and leading on', { oneTime: true, expiredUrl: `${to}over` }],
    ['archived', { ...full, expiredUrl: `${to}over` }],
  ];
  const visits = [iphone, pixel, firefox, television, messenger, 'curl/8.14.1', ''].flatMap((userAgent) =>
    [american, '203.0.113.1'].map((ip) => ({ userAgent, ip })),
  );

  for (const [name, fields] of links) {
    it(`is what visitors then get: ${name}`, async () => {
      const link = await client.createLink(fields);
      if (name.startsWith('used up')) assert.equal((await client.visit(link.slug)).status, 302);
      if (name === 'archived') await client.delete(`/links/${link.id}`);
      for (const { userAgent, ip } of visits) {
        const told = await explained(link.id, { userAgent, ip, query: 'a=1&utm_source=x' });
        const counted = (await client.link(link.id)).clickCount;
        const path = `${link.slug}?a=1&utm_source=x`;
        const headers = { 'user-agent': userAgent, 'x-forwarded-for': ip };
        const visit = await visitPath(path, headers);
        const what = `${userAgent.slice(0, 30)} from ${ip}`;
        assert.deepEqual([told.status, told.location ?? undefined], [visit.status, visit.headers.location], what);
        assert.equal((await client.link(link.id)).clickCount - counted, told.counts ? 1 : 0, what);
        assert.equal(told.rules.filter(({ decides }) => decides).length, 1);
        assert.equal(told.rules.at(-1)?.decides, true);
      }
    });
  }

  it('knows the country of an address, as visits do', async () => {
    const { id } = await client.createLink({ geoTargets: { US: `${to}us` } });
    const told = await explained(id, { userAgent: firefox, ip: american, language: 'en-US' });
    assert.deepEqual([told.visitor.country, told.target, told.location], ['US', 'geo:US', `${to}us`]);
    assert.equal((await explained(id, { userAgent: firefox, ip: '10.1.2.3' })).visitor.country, null);
  });

  it('names the rule by which a link leads nowhere, and why', async () => {
    const used = await client.createLink({ clickLimit: 1 });
    await client.visit(used.slug);
    const gone = await client.createLink();
    await client.delete(`/links/${gone.id}`);
    const locked = await client.createLink({ password: 'correct horse' });
    const card = await client.createLink({ ogTitle: 'Card' });
    const deciding = async ({ id }: LinkObject): Promise<[string, string | undefined, string | undefined]> => {
      const { outcome, rules } = await explained(id, { userAgent: messenger });
      return [outcome, rules.at(-1)?.rule, rules.at(-1)?.why];
    };
    assert.deepEqual(await deciding(used), ['used_up', 'used_up', '1 of 1 clicks are used']);
    assert.deepEqual(await deciding(gone), ['archived', 'archived', 'the link is archived']);
    assert.deepEqual(await deciding(locked), ['password', 'password', 'the link asks for its password first']);
    const why = 'link-preview crawlers are shown the card of the link';
    assert.deepEqual(await deciding(card), ['card', 'card', why]);
  });

  it('leaves nothing behind: no click, no hit, no change, and the limit as it was', async () => {
    const link = await client.createLink({ oneTime: true });
    for (let i = 0; i < 5; i++) {
      for (const { userAgent, ip } of visits) await explained(link.id, { userAgent, ip });
    }
    assert.deepEqual(await client.link(link.id), link);
    assert.equal((await client.stats(link.id, 'bots=include')).totalClicks, 0);
    assert.deepEqual((await client.get(`/links/${link.id}/clicks`)).data(), []);
    assert.equal((await client.visit(link.slug)).status, 302);
    assert.equal((await client.visit(link.slug)).status, 410);
  });
});

function visitPath(path: string, headers: Record<string, string>): Promise<HttpAnswer> {
  return sendRequest(server.address, { path: `/${path}`, headers });
}

describe('POST /links/:id/explain', () => {
  it('names the rule that fires, and those before it that do not', async () => {
    const { id } = await client.createLink({
      destinationUrl: 'https://example.com/all',
      iosUrl: 'app://open',
      geoTargets: { DE: 'https://example.com/de' },
      deviceTargets: { desktop: 'https://example.com/desktop' },
      utmSource: 'mail',
    });
    const onPhone = await explained(id, { userAgent: iphone, country: 'DE' });
    assert.equal(onPhone.target, 'ios');
    assert.equal(onPhone.location, 'app://open');
    const inGermany = await explained(id, { userAgent: firefox, country: 'de' });
    assert.equal(inGermany.location, 'https://example.com/de?utm_source=mail');
    assert.deepEqual(
      inGermany.rules.map(({ rule, decides }) => [rule, decides]),
      [
        ['archived', false],
        ['expired', false],
        ['used_up', false],
        ['password', false],
        ['card', false],
        ['ios', false],
        ['android', false],
        ['geo', true],
      ],
    );
    assert.equal((await explained(id, { userAgent: firefox, country: 'FR' })).target, 'device:desktop');
    assert.equal((await explained(id, {})).target, 'destination');
  });

  it('answers for another time, and records nothing', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { id } = await client.createLink({ expiresAt, clickLimit: 1 });
    assert.equal((await explained(id, { userAgent: firefox })).counts, true);
    assert.equal((await explained(id, { userAgent: firefox, time: expiresAt })).outcome, 'expired');
    assert.equal((await explained(id, { userAgent: 'curl/8.0' })).verdict, 'bot');
    assert.equal((await client.link(id)).clickCount, 0);
  });

  it('says what is wrong with a question', async () => {
    const { id } = await client.createLink();
    const cases: [object, string][] = [
      [{ ip: 'nowhere' }, 'ip'],
      [{ country: 'EU' }, 'country'],
      [{ country: 'DE', ip: '192.0.2.1' }, 'country'],
      [{ time: 'tomorrow' }, 'time'],
      [{ userAgent: 1 }, 'userAgent'],
      [{ agent: 'x' }, 'agent'],
    ];
    for (const [visit, path] of cases) {
      const answer = await client.post(`/links/${id}/explain`, visit);
      assert.equal(answer.error.code, 'VALIDATION_ERROR');
      assert.deepEqual(
        answer.error.details?.map((detail) => detail.path),
        [path],
      );
    }
    assert.equal((await other.post(`/links/${id}/explain`, {})).status, 404);
  });
});
