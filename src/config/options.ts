// The one table of options: key, type, default, check, help. Everything else about configuration is derived from it.

import {
  checkContact,
  checkDnsServer,
  checkHost,
  checkHostOrNetwork,
  checkListenAddress,
  checkNetwork,
  checkPublicUrl,
  checkReservedSlug,
  checkSchedule,
  checkToken,
  checkWebUrl,
} from './option-checks.ts';
import { boolean, choice, integer, list, path, text, type Option } from './option-types.ts';
import { planOptions } from './plan-options.ts';

export const options = {
  data_dir: path({
    default: './data',
    expects: 'the path of a folder',
    help: 'Folder of the database and everything else that is kept. One process per folder.',
  }),
  'server.host': text({
    default: '127.0.0.1',
    expects: 'an IP address or a host name',
    check: checkHost,
    help: 'Address to listen on. 0.0.0.0 or :: listens on every interface.',
  }),
  'server.port': integer({
    default: 8787,
    min: 0,
    max: 65_535,
    help: 'Port to listen on; 0 takes any free one.',
  }),
  'server.public_url': text<string | undefined>({
    default: undefined,
    expects: 'an origin such as https://go.example',
    example: 'https://go.example',
    check: checkPublicUrl,
    help: 'What visitors see before the slug. Its host is the default domain. Without it: host and port.',
  }),
  'server.trusted_proxies': list({
    default: [],
    of: 'networks such as 10.0.0.0/8',
    example: ['127.0.0.1/32', '10.0.0.0/8'],
    check: checkNetwork,
    help: 'Proxies whose X-Forwarded-For and X-Forwarded-Host are believed. Nobody else is.',
  }),
  'server.api_hosts': list({
    default: [],
    of: 'host names',
    example: ['admin.go.example', 'signpost.internal'],
    check: checkHost,
    help:
      'Further names on which the API, its documentation and the health checks answer. Those of server.public_url, localhost and addresses always do; ' +
      'while neither this nor server.public_url is set, so does every name that is no custom domain.',
  }),
  'server.max_connections': integer({
    default: 10_000,
    min: 1,
    max: 1_000_000,
    help: 'Open connections at once; more are refused.',
  }),
  'dns.servers': list({
    default: [],
    of: 'addresses, with a port where it is not 53',
    example: ['9.9.9.9', '[2620:fe::fe]:53'],
    check: checkDnsServer,
    help: "DNS servers that are asked for the proofs of custom domains. Without any: the system's.",
  }),
  'clicks.durability': choice({
    default: 'auto',
    values: ['auto', 'power', 'process', 'batched'],
    help:
      'When a click counts as written. power: on the disk before the visitor is redirected. process: survives a crash of the program, not a power cut. ' +
      'batched: written within 250 ms after the redirect. auto: power where the disk is fast enough, else process.',
  }),
  'clicks.duplicate_window_s': integer({
    default: 0,
    min: 0,
    max: 86_400,
    help:
      'For so many seconds after a click that counted, further visits of the same visitor to the same link are redirected and not counted. ' +
      '0: every visit counts.',
  }),
  'clicks.filtered_networks_file': path<string | undefined>({
    default: undefined,
    expects: 'the path of a text file',
    example: '/etc/signpost/filtered-networks.txt',
    help:
      'Networks whose visits do not count, such as data centres: an address or a CIDR a line, # begins a comment. ' +
      'Read again whenever it changes.',
  }),
  'clicks.retention_days': integer({
    default: 0,
    min: 0,
    max: 36_500,
    help: 'After so many days a hit is kept only as part of totals and statistics, and its own row is deleted. 0: it is kept for ever.',
  }),
  'privacy.ip': choice({
    default: 'truncate',
    values: ['full', 'truncate', 'none'],
    help: "What is kept of a visitor's address: all of it, its network (/24, or /48 for IPv6), or nothing.",
  }),
  'privacy.respect_dnt': boolean({
    default: false,
    help: 'Whether of visitors whose browser sends DNT: 1 or Sec-GPC: 1 the click alone is counted, and nothing of the visit is kept.',
  }),
  'geo.database': path({
    default: 'embedded',
    keyword: 'embedded',
    expects: '"embedded" or the path of an .mmdb file',
    help: 'Where places come from: the file that is built in (countries), or a GeoLite2, GeoIP2 or DB-IP file of your own, which is read again whenever it changes.',
  }),
  'links.reserved_slugs': list({
    default: [],
    of: 'slugs',
    example: ['login', 'imprint'],
    check: checkReservedSlug,
    help: "Slugs that nobody may take, besides the server's own paths.",
  }),
  'links.slug_case': choice({
    default: 'sensitive',
    values: ['sensitive', 'insensitive'],
    help:
      'Whether /Sale and /sale are two links or one on the default domain; custom domains have a setting of their own. The server does not start with insensitive while two links differ by case alone. ' +
      'Back to sensitive, links that were found in any case still are.',
  }),
  ...planOptions('free', {
    requests_per_minute: 60,
    max_links: 100,
    max_domains: 1,
    max_webhooks: 2,
    max_qr_codes: 50,
    max_galleries: 1,
    max_keys: 5,
  }),
  ...planOptions('pro', {
    requests_per_minute: 300,
    max_links: 10_000,
    max_domains: 10,
    max_webhooks: 20,
    max_qr_codes: 1_000,
    max_galleries: 10,
    max_keys: 25,
  }),
  ...planOptions('business', {
    requests_per_minute: 1_000,
    max_links: 100_000,
    max_domains: 100,
    max_webhooks: 100,
    max_qr_codes: 10_000,
    max_galleries: 100,
    max_keys: 100,
  }),
  'limits.wrong_keys_per_minute': integer({
    default: 20,
    min: 0,
    max: 1_000_000,
    help:
      'How many wrong API keys a minute one address (IPv6: one /64) may try before it is turned away; keys that were right before still work. ' +
      '0: no limit. Behind a proxy set server.trusted_proxies, or all the world is one address.',
  }),
  'limits.anonymous_requests_per_minute': integer({
    default: 120,
    min: 0,
    max: 1_000_000,
    help: 'How many requests a minute one address (IPv6: one /64) may send to the parts of the API that need no key. Redirects and health checks are never limited. 0: no limit.',
  }),
  'webhooks.allow': list({
    default: [],
    of: 'host names, addresses and networks',
    example: ['hooks.internal', '10.0.0.0/8'],
    check: checkHostOrNetwork,
    help: 'Where webhooks may be sent besides public addresses, and without encryption.',
  }),
  'webhooks.retention_days': integer({
    default: 30,
    min: 1,
    max: 3_650,
    help: 'For how many days deliveries of webhooks are kept after their last try, and events of a webhook that is switched off, to be looked at and sent again.',
  }),
  'pages.root_redirect': text<string | undefined>({
    default: undefined,
    expects: 'an http:// or https:// URL',
    example: 'https://www.example/',
    check: checkWebUrl,
    help: 'Where the bare domain leads. Without it: a small page of our own.',
  }),
  'pages.not_found_url': text<string | undefined>({
    default: undefined,
    expects: 'an http:// or https:// URL',
    example: 'https://www.example/no-such-link',
    check: checkWebUrl,
    help: 'Where people are sent who open a link that does not exist. Without it: a page that says so. Programs that ask for JSON always get a 404.',
  }),
  'pages.robots_file': path<string | undefined>({
    default: undefined,
    expects: 'the path of a text file',
    example: '/etc/signpost/robots.txt',
    help:
      'What stands in /robots.txt on every domain. Without it: that crawlers may open short links, which say themselves that they ' +
      'are not to be listed, and not the API. Read at the start.',
  }),
  'pages.favicon_file': path<string | undefined>({
    default: undefined,
    expects: 'the path of an .ico or .png file',
    example: '/etc/signpost/favicon.ico',
    help: 'The picture that browsers show beside the title, on every domain. Without it: a signpost. Read at the start.',
  }),
  'pages.security_contact': text<string | undefined>({
    default: undefined,
    expects: 'an e-mail address, or a mailto:, tel: or https:// URI',
    example: 'mailto:security@example.com',
    check: checkContact,
    help: 'Whom to tell about a security problem, as /.well-known/security.txt. Without it there is no such file.',
  }),
  'qr.allow': list({
    default: [],
    of: 'host names, addresses and networks',
    example: ['files.internal', '10.0.0.0/8'],
    check: checkHostOrNetwork,
    help: 'Where logos of QR codes may be fetched from besides public addresses, and without encryption.',
  }),
  'dialects.urlgo.enabled': boolean({
    default: true,
    help: 'Whether the API of UrlGo.in is spoken, at /api/v1/user and /api/v1/short-url.',
  }),
  'dialects.xgd.enabled': boolean({
    default: true,
    help: 'Whether the API of X.gd is spoken, at /V1/shorten.',
  }),
  'dialects.yeb.enabled': boolean({
    default: true,
    help: 'Whether the Short Links API of yeb.to is spoken, at /v1/short-links, and links are answered at /l/, too.',
  }),
  'dialects.yeb.requests_per_second': integer({
    default: 20,
    min: 0,
    max: 1_000_000,
    help: 'How many requests a second one key may send to the API of yeb.to; what its plan allows a minute holds as well. 0: no limit.',
  }),
  'compat.xgd.http_status': boolean({
    default: false,
    help: 'Whether failures of the API of X.gd come with their own HTTP status. X.gd answers 200 and tells the status in the body.',
  }),
  'backups.schedule': text<string | undefined>({
    default: undefined,
    expects: '"daily HH:MM" or "every" with minutes, hours or days',
    example: 'daily 03:00',
    check: checkSchedule,
    help:
      'When the server makes a backup by itself: daily 03:00, by the clock of the machine, or every 6h, 30m, 2d. Without it: never. ' +
      'Each is checked by opening it.',
  }),
  'backups.keep': integer({
    default: 7,
    min: 1,
    max: 10_000,
    help: 'How many of those backups are kept; older ones are removed once a newer one is checked.',
  }),
  'backups.folder': path<string | undefined>({
    default: undefined,
    expects: 'the path of a folder',
    example: '/var/backups/signpost',
    help: 'Where they are put, by the name of their time; a folder for this server alone, best on another disk. Without it: backups in the data folder.',
  }),
  'cache.links': integer({
    default: 100_000,
    min: 1000,
    // Two generations of a Map, each of which V8 limits to 2^24 entries.
    max: 30_000_000,
    help: 'Links kept in memory, so that their redirects need no look-up in the database.',
  }),
  'metrics.token': text<string | undefined>({
    default: undefined,
    expects: 'a text of 16 to 200 letters, digits or signs',
    example: 'a-long-random-text-of-your-own',
    isSecret: true,
    check: checkToken,
    help: 'Who asks for /metrics has to send it as Authorization: Bearer. Without it and metrics.listen there is no /metrics.',
  }),
  'metrics.listen': text<string | undefined>({
    default: undefined,
    expects: 'an address and a port such as 127.0.0.1:9464',
    example: '127.0.0.1:9464',
    check: checkListenAddress,
    help: 'Answers /metrics there and nowhere else. Without metrics.token, to everybody who can reach it.',
  }),
  'log.level': choice({
    default: 'info',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    help: 'The least important messages that are logged (on standard error).',
  }),
  'log.format': choice({
    default: 'auto',
    values: ['auto', 'pretty', 'json'],
    help: 'auto: pretty on a terminal, else one JSON object a line.',
  }),
} as const;

export type OptionKey = keyof typeof options;
type ValueOf<O> = O extends Option<infer T> ? T : never;

/** Every option's value, checked and frozen; paths are absolute, networks have a prefix length, the public URL is an origin. */
export type Config = { readonly [K in OptionKey]: ValueOf<(typeof options)[K]> };

export const optionKeys = Object.keys(options) as readonly OptionKey[];

/** The option as code that treats all alike sees it. */
export function optionAt(key: OptionKey): Option<Config[OptionKey]> {
  // Each option reads and places values of its own type only, which `Option<union>` cannot express.
  return options[key] as unknown as Option<Config[OptionKey]>;
}

/** `server.public_url` → `SIGNPOST_SERVER_PUBLIC_URL` */
export function variableName(key: OptionKey): string {
  return `SIGNPOST_${key.replaceAll('.', '_').toUpperCase()}`;
}

/** `server.public_url` → `server-public-url` */
export function flagName(key: OptionKey): string {
  return key.replaceAll(/[._]/g, '-');
}
