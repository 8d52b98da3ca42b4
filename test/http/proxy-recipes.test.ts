// The recipes for proxies in docs/custom-domains.md: what each of them asks and passes on is sent to a real server as the page has it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { tlsCheckPath } from '../../src/http/tls-check.ts';
import { ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain, claimDomain } from '../support/domains.ts';
import { freePort } from '../support/free-port.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, runSignpost, type ServerProcess, startServer } from '../support/server-process.ts';
import { storedClicks } from './stored-clicks.ts';

after(closeServers);
checkExchanges();

const page = readFileSync(new URL('../../docs/custom-domains.md', import.meta.url), 'utf8');
const custom = 'go.example.com';
const visitor = '203.0.113.77';
/** Where the page has the server. */
const upstream = '127.0.0.1:8787';

/** What the page says below a heading, up to the next. */
function section(heading: string): string {
  const [, text = ''] = page.split(`### ${heading}\n`);
  return text.split(/^##/m)[0]!;
}

/** The n-th block of a section. */
function block(heading: string, n = 0): string {
  const blocks = [...section(heading).matchAll(/^```[^\n]*\n([^]*?)^```$/gm)];
  assert.ok(blocks[n] !== undefined, `${heading} has no block ${n}`);
  return blocks[n][1]!;
}

let dns: DnsServer;
let server: ServerProcess;
let api: ApiClient;
before(async () => {
  dns = await DnsServer.start();
  const port = await freePort();
  server = await startServer({
    flags: [
      `--server-port=${port}`,
      `--dns-servers=${dns.address}`,
      '--server-public-url=https://short.example',
      '--server-trusted-proxies=127.0.0.1/32',
      '--privacy-ip=full',
    ],
  });
  api = new ApiClient(`http://127.0.0.1:${port}`, server.firstKey);
  await addDomain(api, dns, custom);
  await claimDomain(api, 'unproved.example.com');
});
after(() => dns.close());

describe('the recipe for Caddy', () => {
  it('asks where the answer is, and gets one for verified domains alone', async () => {
    const asked = /^\s*ask http:\/\/(\S+?)(\/\S+)$/m.exec(block('Caddy'));
    assert.deepEqual([asked?.[1], asked?.[2]], [upstream, tlsCheckPath]);
    assert.match(block('Caddy'), new RegExp(`reverse_proxy ${upstream}\n`));
    // As Caddy adds it.
    const ask = async (name: string): Promise<number> =>
      (await sendRequest(api.address, { path: `${asked?.[2]}?domain=${name}` })).status;
    assert.deepEqual(
      await Promise.all([custom, 'short.example', 'unproved.example.com', 'stranger.example'].map(ask)),
      [200, 200, 404, 404],
    );
  });
});

describe('the recipe for nginx', () => {
  it('passes on all that the server needs to know of a visit', async () => {
    const recipe = block('nginx');
    assert.match(recipe, new RegExp(`proxy_pass http://${upstream};`));
    const variables: Record<string, string> = {
      $host: custom,
      // What a visitor claims stands left of what nginx has seen.
      $proxy_add_x_forwarded_for: `198.51.100.1, ${visitor}`,
      $scheme: 'https',
    };
    const headers = Object.fromEntries(
      [...recipe.matchAll(/proxy_set_header (\S+) (?:"(.*)"|(\S+));/g)].map(([, name, quoted, variable]) => {
        const value = quoted ?? variables[variable!];
        assert.ok(value !== undefined, `${variable} is no variable of nginx`);
        return [name!.toLowerCase(), value];
      }),
    );
    await api.createLink({ slug: 'proxied', domain: custom, password: 'open sesame' });
    const answer = await sendRequest(api.address, {
      method: 'POST',
      path: '/proxied',
      headers: { ...headers, connection: 'close', 'content-type': 'application/json', 'user-agent': personsBrowser },
      body: JSON.stringify({ password: 'open sesame' }),
    });
    assert.equal(answer.status, 303);
    // The visitor came by https, from an address of their own.
    assert.match(String(answer.headers['set-cookie']), /^__Host-.*; Secure/);
    assert.deepEqual(
      storedClicks(server.dataFolder, 'proxied').map(({ address }) => address),
      [visitor],
    );
    // Nothing that a proxy passes on may ask about certificates.
    const check = await sendRequest(api.address, { path: `${tlsCheckPath}?domain=${custom}`, headers });
    assert.equal(check.status, 404);
  });

  it('makes certificates for names that the command lists', async () => {
    const filter = /jq -r '([^']+)'/.exec(block('nginx', 1))?.[1];
    assert.equal(filter, '.[] | select(.status == "verified") | .domain');
    assert.deepEqual(await verifiedDomains(), [custom]);
  });
});

describe('the recipe for Traefik', () => {
  it('asks for the port at which the server is, and leaves the host as it was', () => {
    assert.match(block('Traefik', 1), new RegExp(`url: "http://${upstream}"`));
    assert.match(block('Traefik', 1), /passHostHeader: true/);
  });

  const hasJq = spawnSync('jq', ['--version']).error === undefined;
  it('makes rules for the default domain and for verified ones', { skip: !hasJq && 'there is no jq' }, async () => {
    const filter = /jq '([^']+)'/.exec(block('Traefik', 1))?.[1] ?? '';
    const { stdout: list } = await listDomains();
    const { stdout, stderr } = spawnSync('jq', [filter], { input: list, encoding: 'utf8' });
    assert.equal(stderr, '');
    const { http } = JSON.parse(stdout) as { http: { routers: Record<string, { rule: string; service: string }> } };
    assert.deepEqual(
      Object.entries(http.routers).map(([name, { rule, service }]) => [name, rule, service]),
      ['short.example', custom].map((name) => [name, `Host(\`${name}\`)`, 'signpost']),
    );
  });
});

function listDomains(): ReturnType<typeof runSignpost> {
  return runSignpost(['domains', 'list', '--json', '--data-dir', server.dataFolder]);
}

async function verifiedDomains(): Promise<string[]> {
  const listed = JSON.parse((await listDomains()).stdout) as { domain: string; status: string }[];
  return listed.filter(({ status }) => status === 'verified').map(({ domain }) => domain);
}
