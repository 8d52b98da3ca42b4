// `signpost domains verify`: looks for a domain's proof now, whether or not a server runs.

import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { exitCodes } from '../core/exit.ts';
import { Domains } from '../domains/domain.ts';
import { findAnyDomain, listVerifiedDomains } from '../domains/domain-store.ts';
import { problemText } from '../domains/proof.ts';
import { TxtLookups } from '../domains/txt-lookup.ts';
import { Verifier } from '../domains/verifier.ts';
import type { Command } from './command.ts';
import { configFlags, configFrom, databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';
import { letServerFollow } from './job-run.ts';
import { writerOn } from './link-access.ts';
import { ProgressBar } from './progress.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

export const domainsVerifyCommand: Command = {
  flags: {
    json: { help: 'Print a JSON object.' },
    'dns-servers': configFlags['dns-servers']!,
    ...databaseFlags,
  },
  positionals: ['ID'],
  notes: [
    'Exit code 1 when the proof is not found. The server may be running: the command ends when it has taken notice, within a few seconds.',
  ],
  async run(given) {
    const [publicId = ''] = given.positionals;
    const config = configFrom(given);
    const domain = await withDatabase(given, async (connection) => {
      const found = findAnyDomain(connection, publicId);
      if (found === undefined || found.userId === null)
        throw new AppError('NOT_FOUND', `there is no domain ${publicId}`);
      const verifier = new Verifier({
        reader: connection,
        writer: writerOn(connection),
        domains: new Domains(listVerifiedDomains(connection)),
        lookUp: new TxtLookups(config['dns.servers']).lookUp,
        clock: systemClock,
        log: silent,
      });
      const bar = new ProgressBar('domains verify');
      bar.note(`looking for the proof of ${found.host}`);
      const checked = await verifier.check(found).finally(() => bar.end());
      await letServerFollow(connection, config['data_dir'], `${checked.host} has been looked for`);
      return checked;
    });
    const { host, status, problem } = domain;
    const text = problem === null ? `${host} is proved` : problemText(problem, host);
    const fields = { id: publicId, domain: host, status, problem, message: text };
    process.stdout.write(`${given.has('json') ? JSON.stringify(fields) : text}\n`);
    return problem === null ? exitCodes.ok : exitCodes.failure;
  },
};
