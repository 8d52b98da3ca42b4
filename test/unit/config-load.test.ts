import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig, loadConfigWithOrigins, type ConfigSources } from '../../src/config/load.ts';
import type { OptionKey } from '../../src/config/options.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-config-'));
});
after(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(join(folder, 'signpost.toml'), { force: true }));

/** Loads with an environment of its own; `toml` is written to ./signpost.toml first. */
function load(sources: ConfigSources & { toml?: string | Uint8Array } = {}) {
  const { toml, ...rest } = sources;
  if (toml !== undefined) writeFileSync(join(folder, 'signpost.toml'), toml);
  return loadConfig({ environment: {}, workingDirectory: folder, ...rest });
}

describe('configuration: defaults and precedence', () => {
  it('has the documented defaults', () => {
    assert.deepEqual(load(), {
      data_dir: join(folder, 'data'),
      'server.host': '127.0.0.1',
      'server.port': 8787,
      'server.public_url': undefined,
      'server.trusted_proxies': [],
      'server.api_hosts': [],
      'server.max_connections': 10_000,
      'dns.servers': [],
      'clicks.durability': 'auto',
      'clicks.duplicate_window_s': 0,
      'clicks.filtered_networks_file': undefined,
      'clicks.retention_days': 0,
      'privacy.ip': 'truncate',
      'privacy.respect_dnt': false,
      'geo.database': 'embedded',
      'links.reserved_slugs': [],
      'links.slug_case': 'sensitive',
      'plans.free.requests_per_minute': 60,
      'plans.free.max_links': 100,
      'plans.free.max_domains': 1,
      'plans.free.max_webhooks': 2,
      'plans.free.max_qr_codes': 50,
      'plans.free.max_galleries': 1,
      'plans.free.max_keys': 5,
      'plans.pro.requests_per_minute': 300,
      'plans.pro.max_links': 10_000,
      'plans.pro.max_domains': 10,
      'plans.pro.max_webhooks': 20,
      'plans.pro.max_qr_codes': 1_000,
      'plans.pro.max_galleries': 10,
      'plans.pro.max_keys': 25,
      'plans.business.requests_per_minute': 1_000,
      'plans.business.max_links': 100_000,
      'plans.business.max_domains': 100,
      'plans.business.max_webhooks': 100,
      'plans.business.max_qr_codes': 10_000,
      'plans.business.max_galleries': 100,
      'plans.business.max_keys': 100,
      'limits.wrong_keys_per_minute': 20,
      'limits.anonymous_requests_per_minute': 120,
      'webhooks.allow': [],
      'webhooks.retention_days': 30,
      'pages.root_redirect': undefined,
      'pages.not_found_url': undefined,
      'pages.robots_file': undefined,
      'pages.favicon_file': undefined,
      'pages.security_contact': undefined,
      'qr.allow': [],
      'dialects.urlgo.enabled': true,
      'dialects.xgd.enabled': true,
      'dialects.yeb.enabled': true,
      'dialects.yeb.requests_per_second': 20,
      'compat.xgd.http_status': false,
      'backups.schedule': undefined,
      'backups.keep': 7,
      'backups.folder': undefined,
      'cache.links': 100_000,
      'metrics.token': undefined,
      'metrics.listen': undefined,
      'log.level': 'info',
      'log.format': 'auto',
    });
  });

  it('lets the environment override the file and flags override both, and says where each value came from', () => {
    const toml = 'data_dir = "from-file"\n[server]\nport = 1\nhost = "0.0.0.0"\n[log]\nlevel = "warn"\n';
    const environment = { SIGNPOST_SERVER_PORT: '2', SIGNPOST_LOG_LEVEL: 'error', PATH: '/bin' };
    const flags = { 'server-port': '3' };
    writeFileSync(join(folder, 'signpost.toml'), toml);
    const { config, origins } = loadConfigWithOrigins({ flags, environment, workingDirectory: folder });
    assert.equal(config['server.port'], 3);
    assert.equal(config['log.level'], 'error');
    assert.equal(config['server.host'], '0.0.0.0');
    assert.equal(config['data_dir'], join(folder, 'from-file'));
    assert.equal(origins['server.port'], 'flag --server-port');
    assert.equal(origins['log.level'], 'environment variable SIGNPOST_LOG_LEVEL');
    assert.equal(origins['server.host'], 'signpost.toml');
    assert.equal(origins['privacy.ip'], 'default');
  });

  it('reads the file that --config names instead of ./signpost.toml', () => {
    mkdirSync(join(folder, 'etc'), { recursive: true });
    writeFileSync(join(folder, 'etc', 'other.toml'), 'server.port = 4\n');
    const config = load({ toml: 'server.port = 5\nserver.host = "0.0.0.0"', flags: { config: 'etc/other.toml' } });
    assert.equal(config['server.port'], 4);
    assert.equal(config['server.host'], '127.0.0.1');
  });

  it('is frozen, lists included', () => {
    const config = load({ toml: 'links.reserved_slugs = ["a"]' });
    assert.throws(() => Object.assign(config, { data_dir: 'x' }), TypeError);
    assert.throws(() => (config['links.reserved_slugs'] as string[]).push('b'), TypeError);
    assert.throws(() => (load()['server.trusted_proxies'] as string[]).push('b'), TypeError);
  });

  it('checks a value also where a later source overrides it', () => {
    assert.throws(() => load({ toml: 'server.port = "x"', flags: { 'server-port': '3' } }), ConfigError);
  });

  it('reads a file with a byte order mark and Windows line ends', () => {
    assert.equal(load({ toml: '\uFEFF[server]\r\nport = 6\r\n' })['server.port'], 6);
  });
});

describe('configuration: values', () => {
  const accepted: [key: OptionKey, sources: ConfigSources & { toml?: string }, value: unknown][] = [
    ['server.port', { toml: 'server.port = 0' }, 0],
    ['server.port', { toml: 'server.port = 0xFFFF' }, 65_535],
    ['server.port', { toml: '"server.port" = 7' }, 7],
    ['server.port', { flags: { 'server-port': '0' } }, 0],
    ['server.host', { flags: { 'server-host': '::' } }, '::'],
    ['server.host', { flags: { 'server-host': 'my-host.example' } }, 'my-host.example'],
    ['server.public_url', { flags: { 'server-public-url': 'HTTPS://Go.Example:443/' } }, 'https://go.example'],
    ['server.public_url', { flags: { 'server-public-url': 'http://[::1]:8080' } }, 'http://[::1]:8080'],
    ['server.public_url', { flags: { 'server-public-url': 'https://gö.example' } }, 'https://xn--g-1ga.example'],
    [
      'server.trusted_proxies',
      { environment: { SIGNPOST_SERVER_TRUSTED_PROXIES: '10.0.0.0/8, ::1,192.0.2.1' } },
      ['10.0.0.0/8', '::1/128', '192.0.2.1/32'],
    ],
    ['server.trusted_proxies', { environment: { SIGNPOST_SERVER_TRUSTED_PROXIES: '' } }, []],
    ['metrics.listen', { flags: { 'metrics-listen': '[::1]:9464' } }, '[::1]:9464'],
    ['metrics.listen', { flags: { 'metrics-listen': 'localhost:0' } }, 'localhost:0'],
    ['metrics.token', { environment: { SIGNPOST_METRICS_TOKEN: '16-signs-at-least' } }, '16-signs-at-least'],
    ['server.api_hosts', { toml: 'server.api_hosts = ["signpost", "10.0.0.1"]' }, ['signpost', '10.0.0.1']],
    [
      'dns.servers',
      { flags: { 'dns-servers': '9.9.9.9, 127.0.0.1:5353,2620:fe::fe,[::1]:53' } },
      ['9.9.9.9', '127.0.0.1:5353', '2620:fe::fe', '[::1]:53'],
    ],
    [
      'server.trusted_proxies',
      { toml: 'server.trusted_proxies = ["0.0.0.0/0", "fd00::/08"]' },
      ['0.0.0.0/0', 'fd00::/8'],
    ],
    ['links.reserved_slugs', { flags: { 'links-reserved-slugs': 'login,u\u0308ber' } }, ['login', 'über']],
    ['geo.database', { flags: { 'geo-database': 'embedded' } }, 'embedded'],
    ['geo.database', { flags: { 'geo-database': '/srv/city.mmdb' } }, '/srv/city.mmdb'],
    ['clicks.filtered_networks_file', { flags: { 'clicks-filtered-networks-file': '/srv/a/../n.txt' } }, '/srv/n.txt'],
    ['privacy.respect_dnt', { environment: { SIGNPOST_PRIVACY_RESPECT_DNT: 'true' } }, true],
    ['privacy.respect_dnt', { toml: 'privacy.respect_dnt = false' }, false],
    ['cache.links', { flags: { 'cache-links': '1000' } }, 1000],
    ['log.level', { environment: { SIGNPOST_LOG_LEVEL: 'silent' } }, 'silent'],
  ];
  for (const [key, sources, value] of accepted) {
    it(`reads ${key} from ${JSON.stringify(sources)}`, () => assert.deepEqual(load(sources)[key], value));
  }

  it('leaves alone what other programs put into the environment', () => {
    const environment = {
      SIGNPOST_CACHE_DIR: '/var/cache/signpost',
      // Kubernetes, for a service called signpost
      SIGNPOST_SERVICE_HOST: '10.0.0.1',
      SIGNPOST_SERVICE_PORT: '80',
      SIGNPOST_PORT: 'tcp://10.0.0.1:80',
      SIGNPOST_PORT_80_TCP_ADDR: '10.0.0.1',
      signpost_server_port: 'x',
      __proto__: 'x',
    };
    assert.deepEqual(load({ environment }), load());
  });
});

describe('configuration: errors', () => {
  const port = 'an integer from 0 to 65535';
  const inFile: [toml: string, message: string | RegExp][] = [
    ['[server]\nprot = 1', 'unknown key "server.prot" in signpost.toml, did you mean "server.port"?'],
    ['port = 1', 'unknown key "port" in signpost.toml, did you mean "server.port"?'],
    ['[sever]\nport = 1', 'unknown key "sever.port" in signpost.toml, did you mean "server.port"?'],
    ['[srv]', /^unknown key "srv" in signpost\.toml, the nearest known one is "\S+"$/],
    ['SERVER.PORT = 1', 'unknown key "SERVER.PORT" in signpost.toml, did you mean "server.port"?'],
    ['"server.host.name" = 1', /^unknown key "server\.host\.name"/],
    ['__proto__ = 1', /^unknown key "__proto__" in signpost\.toml, the nearest known one is /],
    ['[__proto__]\ntoString = 1', /^unknown key "__proto__\.toString"/],
    ['constructor = 1', /^unknown key "constructor"/],
    ['server.__proto__ = 1', /^unknown key "server\.__proto__"/],
    ['server.hasOwnProperty = true', /^unknown key "server\.hasOwnProperty"/],
    ['"a\\nb\\u001b[2J" = 1', /^unknown key "a\\u000ab\\u001b\[2J" in/],
    ['"\\u009b31m" = 1', /^unknown key "\\u009b31m" in/],
    [`${'k'.repeat(5000)} = 1`, /^unknown key "k{100}…" in/],
    ['server = 5', '"server" in signpost.toml must be a section: [server]'],
    ['[[server]]\nport = 1', /^"server" in signpost\.toml must be a section/],
    ['"server.port" = 1\n[server]\nport = 2', 'key "server.port" is set twice in signpost.toml'],
    ['server.port = "9000"', `"server.port" in signpost.toml must be ${port}, not "9000"`],
    ['server.port = -1', `"server.port" in signpost.toml must be ${port}, not -1`],
    ['server.port = 65536', `"server.port" in signpost.toml must be ${port}, not 65536`],
    ['server.port = 8787.0', `"server.port" in signpost.toml must be ${port}, not the float 8787`],
    ['server.port = nan', `"server.port" in signpost.toml must be ${port}, not nan`],
    ['server.port = -inf', `"server.port" in signpost.toml must be ${port}, not -inf`],
    ['server.port = 9223372036854775807', `"server.port" in signpost.toml must be ${port}, not 9223372036854775807`],
    ['server.port = 92233720368547758080', /./],
    ['server.port = true', `"server.port" in signpost.toml must be ${port}, not true`],
    ['server.port = [1]', `"server.port" in signpost.toml must be ${port}, not a list`],
    ['[server.port]\nnumber = 1', `"server.port" in signpost.toml must be ${port}, not a table`],
    ['data_dir = 2026-01-01', '"data_dir" in signpost.toml must be the path of a folder, not a date'],
    ['data_dir = 2026-01-01T00:00:00Z', /not a date$/],
    ['data_dir = 07:32:00', /not a date$/],
    ['data_dir = ""', '"data_dir" in signpost.toml must be the path of a folder, not ""'],
    ['data_dir = "a\\u0000b"', /must be the path of a folder, not "a\\u0000b"$/],
    ['metrics.listen = "9464"', /must be an address and a port such as 127\.0\.0\.1:9464/],
    ['metrics.listen = "127.0.0.1:70000"', /^"metrics\.listen"/],
    ['metrics.listen = "::1:9464"', /^"metrics\.listen"/],
    [
      'metrics.token = "short-one"',
      '"metrics.token" in signpost.toml must be 16 to 200 letters, digits or signs without spaces',
    ],
    ['metrics.token = "with spaces in the middle"', /without spaces$/],
    [
      'metrics.token = 123456789012345678',
      '"metrics.token" in signpost.toml must be a text of 16 to 200 letters, digits or signs',
    ],
    ['server.host = 1', '"server.host" in signpost.toml must be an IP address or a host name, not 1'],
    ['server.host = "[::1]"', /without brackets/],
    ['server.host = "127.0.0"', /^"server\.host"/],
    ['server.host = "a b"', /^"server\.host"/],
    ['server.host = ""', /^"server\.host"/],
    ['server.host = "localhost:80"', /^"server\.host"/],
    [
      'server.trusted_proxies = "10.0.0.0/8"',
      '"server.trusted_proxies" in signpost.toml must be a list of networks such as 10.0.0.0/8, not "10.0.0.0/8"',
    ],
    ['server.trusted_proxies = [10]', /an entry must be networks such as 10\.0\.0\.0\/8, not 10$/],
    ['server.trusted_proxies = ["10.0.0.0/33"]', /"10\.0\.0\.0\/33" has no prefix length from 0 to 32$/],
    ['server.trusted_proxies = ["10.0.0.0/"]', /has no prefix length/],
    ['server.trusted_proxies = ["10.0.0.0/8/8"]', /has no prefix length/],
    ['server.trusted_proxies = ["10.0.0.0/-1"]', /has no prefix length/],
    ['server.trusted_proxies = ["10.0.0/8"]', /"10\.0\.0\/8" is not an IP address/],
    ['server.trusted_proxies = ["10.0.0.256/8"]', /is not an IP address/],
    ['server.trusted_proxies = ["010.0.0.0/8"]', /is not an IP address/],
    ['server.trusted_proxies = ["10.1.2.3/8"]', /has bits set after its prefix; that network is 10\.0\.0\.0\/8$/],
    ['server.trusted_proxies = ["fd00::1/8"]', /has bits set after its prefix; that network is fd00::\/8$/],
    ['server.trusted_proxies = ["fe80::1%eth0"]', /is not an IP address/],
    ['server.api_hosts = ["https://admin.example"]', /^"server\.api_hosts" .*without scheme or port$/],
    ['dns.servers = ["dns.example"]', /"dns\.example" is not an IP address, or one with a port$/],
    ['dns.servers = ["9.9.9.9:0"]', /is not an IP address/],
    ['dns.servers = ["9.9.9.9:65536"]', /is not an IP address/],
    ['dns.servers = ["[9.9.9.9]:53"]', /is not an IP address/],
    ['dns.servers = ["fe80::1%eth0"]', /is not an IP address/],
    ['links.slug_case = "lower"', /must be one of "sensitive", "insensitive", not "lower"$/],
    ['server.trusted_proxies = ["proxy.example"]', /is not an IP address/],
    ['server.max_connections = 0', /must be an integer from 1 to/],
    ['cache.links = 999', /must be an integer from 1000 to/],
    ['cache.links = 16777217000', /must be an integer from 1000 to/],
    [
      'clicks.durability = "powre"',
      '"clicks.durability" in signpost.toml must be one of "auto", "power", "process", "batched", not "powre"',
    ],
    ['clicks.durability = "Power"', /not "Power"$/],
    ['privacy.ip = false', /must be one of "full", "truncate", "none", not false$/],
    ['log.level = "toString"', /not "toString"$/],
    ['links.reserved_slugs = ["a/b"]', /"a\/b" has a character that no slug can have$/],
    ['links.reserved_slugs = [""]', /"" is not 1 to 100 characters long$/],
    [`links.reserved_slugs = [${'"a",'.repeat(10_001)}]`, /must have at most 10000 entries, not 10001$/],
    ['server.port = ', /^signpost\.toml is not valid TOML: line 1, column \d+: /],
    ['[server]\nport = 1\nport = 2', /^signpost\.toml is not valid TOML: line 3, /],
    [`server.port = ${'['.repeat(5000)}`, /^signpost\.toml is not valid TOML/],
    ['x'.repeat(1024 * 1024 + 1), 'cannot read signpost.toml: it is larger than 1048576 bytes'],
  ];
  for (const url of [
    'go.example',
    'ftp://go.example',
    'https://go.example/x',
    'https://go.example?',
    'https://go.example#',
    'https://u:p@go.example',
    'https://@go.example',
    'https://',
    'https://go.example:99999',
    'https:\\\\\\\\go.example',
    ' https://go.example',
    'javascript:alert(1)',
    '',
  ]) {
    inFile.push([
      `server.public_url = "${url}"`,
      '"server.public_url" in signpost.toml must be an origin such as https://go.example, without path, query or credentials',
    ]);
  }
  for (const [toml, message] of inFile) {
    it(`refuses ${JSON.stringify(toml.slice(0, 60))} in the file`, () => expectRefusal({ toml }, message));
  }

  const elsewhere: [sources: ConfigSources & { toml?: string | Uint8Array }, message: string | RegExp][] = [
    [
      { environment: { SIGNPOST_SERVER_PROT: '1' } },
      'unknown environment variable "SIGNPOST_SERVER_PROT", did you mean "SIGNPOST_SERVER_PORT"?',
    ],
    [
      { environment: { SIGNPOST_PORT: '9000' } },
      'unknown environment variable "SIGNPOST_PORT", did you mean "SIGNPOST_SERVER_PORT"?',
    ],
    [{ environment: { SIGNPOST_: '1' } }, /^unknown environment variable "SIGNPOST_"/],
    [
      { environment: { SIGNPOST_SERVER_PORT: 'abc' } },
      `"server.port" in environment variable SIGNPOST_SERVER_PORT must be ${port}, not "abc"`,
    ],
    [
      { environment: { SIGNPOST_SERVER_PORT: '' } },
      `"server.port" in environment variable SIGNPOST_SERVER_PORT must be ${port}, not ""`,
    ],
    [{ environment: { SIGNPOST_SERVER_PORT: 'NaN' } }, /not "NaN"$/],
    [{ environment: { SIGNPOST_SERVER_PORT: '1e3' } }, /not "1e3"$/],
    [{ environment: { SIGNPOST_SERVER_PORT: '0x50' } }, /not "0x50"$/],
    [{ environment: { SIGNPOST_SERVER_PORT: ' 80' } }, /not " 80"$/],
    [{ environment: { SIGNPOST_SERVER_PORT: '9'.repeat(100_000) } }, /not "9{100}…"$/],
    [{ environment: { SIGNPOST_SERVER_TRUSTED_PROXIES: '10.0.0.0/8,' } }, /"" is not an IP address/],
    [{ flags: { 'server-prot': '1' } }, 'unknown flag "--server-prot", did you mean "--server-port"?'],
    [{ flags: { port: '1' } }, /^unknown flag "--port", did you mean "--server-port"\?$/],
    [{ flags: { 'server.port': '1' } }, /^unknown flag "--server\.port"/],
    [{ flags: JSON.parse('{"__proto__":"1"}') as Record<string, string> }, /^unknown flag "--__proto__"/],
    [{ flags: { 'server-port': '-5' } }, `"server.port" in flag --server-port must be ${port}, not -5`],
    [{ flags: { config: 'missing.toml' } }, 'cannot read missing.toml: there is no such file'],
    [{ flags: { config: '.' } }, 'cannot read .: it is a folder'],
    [{ flags: { config: '' } }, 'flag --config must be the path of a TOML file'],
    [{ flags: { config: 'a\0b' } }, 'flag --config must be the path of a TOML file'],
    [{ flags: { config: 'x'.repeat(5000) } }, /its name is too long$/],
    [{ flags: { config: '/dev/zero' } }, 'cannot read /dev/zero: it is larger than 1048576 bytes'],
    [{ toml: Uint8Array.of(0x61, 0xff, 0xfe) }, 'cannot read signpost.toml: it is not UTF-8 text'],
  ];
  for (const [sources, message] of elsewhere) {
    it(`refuses ${JSON.stringify(sources).slice(0, 80)}`, () => expectRefusal(sources, message));
  }

  function expectRefusal(sources: Parameters<typeof load>[0], message: string | RegExp): void {
    let refusal: unknown;
    try {
      load(sources);
    } catch (error) {
      refusal = error;
    }
    assert.ok(refusal instanceof ConfigError, `a ConfigError, not ${String(refusal)}`);
    if (typeof message === 'string') assert.equal(refusal.message, message);
    else assert.match(refusal.message, message);
    // eslint-disable-next-line no-control-regex -- the message goes to a terminal
    assert.doesNotMatch(refusal.message, /[\u0000-\u001f\u007f-\u009f]/);
    assert.ok(refusal.message.length < 1000 || sources?.flags?.['config'] !== undefined);
    assert.equal(refusal.exitCode, 2);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name !== 'signpost.toml' && name !== 'etc'),
      [],
    );
  }
});
