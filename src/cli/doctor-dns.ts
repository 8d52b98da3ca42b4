// Whether the server's names lead anywhere: asks the configured DNS servers, and nobody else, for their addresses.

import { Resolver } from 'node:dns/promises';
import { type Check, ok, type Outcome, skipped, warning } from './finding.ts';

const timeoutMs = 2_000;
const tries = 2;
const maxNames = 20;

async function lookUp(resolver: Resolver, host: string): Promise<Outcome> {
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return ok(`${host} leads to ${addresses.slice(0, 4).join(', ')}`);
  const codes = answers.map((answer) =>
    answer.status === 'rejected' && answer.reason instanceof Error && 'code' in answer.reason
      ? String(answer.reason.code)
      : 'ENODATA',
  );
  const isUnanswered = codes.every((code) => code !== 'ENOTFOUND' && code !== 'ENODATA');
  return isUnanswered
    ? warning(
        `no DNS server answers for ${host} (${codes[0]})`,
        'see that dns.servers, or those of the system, can be reached',
      )
    : warning(`${host} has no address`, 'add an A or AAAA record that leads to this server or its proxy');
}

/** @param hosts public names that short links are opened on */
export function dnsCheck(hosts: readonly string[], servers: readonly string[]): Check {
  return {
    name: 'dns',
    async run() {
      if (hosts.length === 0)
        return [skipped('there is no name to look up: server.public_url is not set, or is an address')];
      const resolver = new Resolver({ timeout: timeoutMs, tries });
      if (servers.length > 0) resolver.setServers(servers);
      return Promise.all(hosts.slice(0, maxNames).map((host) => lookUp(resolver, host)));
    },
  };
}
