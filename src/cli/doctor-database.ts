// What `signpost doctor` looks at in the database: pages, references, roll-ups, times, and the proofs of custom domains. Reads only.

import type { Connection } from '../storage/query.ts';
import { allPages } from './database.ts';
import { type Check, failing, ok, type Outcome, restoreNewest, warning } from './finding.ts';

const maxShown = 20;
// Two machines that share a clock server are closer than this.
const maxAheadMs = 60_000;

async function integrityOutcomes(connection: Connection): Promise<Outcome[]> {
  const { damages, brokenReferences } = await import('../storage/integrity-store.ts');
  const damaged = damages(connection, maxShown);
  const broken = brokenReferences(connection, maxShown);
  if (damaged.length + broken.length === 0) return [ok('every page and reference is right')];
  return [
    ...damaged.map((line) => failing(line, restoreNewest)),
    ...broken.map(({ table, refersTo }) =>
      failing(`a row of ${table} refers to one of ${refersTo} that is gone`, restoreNewest),
    ),
  ];
}

async function rollUpOutcomes(connection: Connection): Promise<Outcome[]> {
  const { auditRollUps, named } = await import('../clicks/roll-up-audit-store.ts');
  const differences = named(connection, auditRollUps(connection));
  if (differences.length === 0) return [ok('totals, roll-ups and hits agree')];
  return differences.map(({ about, link, message }) =>
    failing(
      `${about}${link === null ? '' : ` of ${link}`}: ${message}`,
      'this should not happen: keep a copy of the data folder and report it; redirects and single clicks are not affected',
    ),
  );
}

async function timeOutcomes(connection: Connection, now: number): Promise<Outcome[]> {
  const { newestClickAt } = await import('../clicks/newest-click-store.ts');
  const newest = newestClickAt(connection);
  if (newest === undefined) return [ok('no click is stored yet')];
  const text = `the newest click is of ${new Date(newest).toISOString()}`;
  return newest - now > maxAheadMs
    ? [
        warning(
          `${text}, which is to come: the clock was set back`,
          'see that the clock is set by NTP; the click stays where it is',
        ),
      ]
    : [ok(text)];
}

async function domainOutcomes(connection: Connection): Promise<Outcome[]> {
  const { listAllDomains } = await import('../domains/domain-store.ts');
  const domains = allPages((page) => listAllDomains(connection, undefined, page));
  const failingNow = domains.filter(({ serves, failingSince }) => serves && failingSince !== null);
  if (failingNow.length === 0) return [ok(`${domains.length} custom, none of which has lost its proof`)];
  return failingNow
    .slice(0, maxShown)
    .map(({ host, failingSince }) =>
      warning(
        `${host} has lost its proof since ${new Date(failingSince!).toISOString()}`,
        'put its TXT record back: signpost domains list, docs/custom-domains.md',
      ),
    );
}

async function jobOutcomes(connection: Connection): Promise<Outcome[]> {
  const { listJobs } = await import('../scheduler/job-list-store.ts');
  const jobs = listJobs(connection);
  const failed = jobs.filter(({ failures }) => failures > 0);
  if (failed.length === 0) return [ok(`${jobs.length} timed jobs, none of which failed when it last ran`)];
  return failed.map(({ name, failures, error }) =>
    failing(
      `${name} has failed ${failures === 1 ? 'once' : `${failures} times in a row`}: ${error ?? 'no reason is known'}`,
      `it is tried again by itself; after mending what it says: signpost jobs run ${name}`,
    ),
  );
}

/** @param isQuick leaves out what reads the whole database */
export function databaseChecks(connection: Connection, now: number, isQuick: boolean): Check[] {
  const whole: Check[] = [
    { name: 'integrity', run: async () => integrityOutcomes(connection) },
    { name: 'roll-ups', run: async () => rollUpOutcomes(connection) },
  ];
  return [
    { name: 'times', run: async () => timeOutcomes(connection, now) },
    { name: 'domains', run: async () => domainOutcomes(connection) },
    { name: 'jobs', run: async () => jobOutcomes(connection) },
    ...(isQuick ? [] : whole),
  ];
}
