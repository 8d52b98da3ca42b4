// Every timed job of the server, in one list: what is to happen now and then, add it here.

import type { Clock } from './core/clock.ts';
import { dayMs, hourMs, utcDay } from './core/periods.ts';
import { deleteLinksJob, findEventsJob, type Job, refreshCachesJob } from './scheduler/job.ts';
import type { Logger } from 'pino';
import { forgetIdempotencyKeys } from './storage/idempotency-store.ts';
import type { Connection } from './storage/query.ts';
import { type BackupPlan, makeScheduledBackup } from './storage/scheduled-backup.ts';
import type { Writer } from './storage/writer.ts';
import { dropOldEvents } from './webhooks/retention-store.ts';

const minuteMs = 60_000;

/** A file of the operator's that may have changed. */
interface ChangingFile {
  check(): Promise<void>;
}

export interface JobParts {
  readonly dataFolder: string;
  readonly reader: Connection;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly log: Logger;
  /** undefined: the server makes no backups by itself. */
  readonly backups: BackupPlan | undefined;
  /** undefined: it is the one that is built in. */
  readonly geoFile: ChangingFile | undefined;
  readonly networksFile: ChangingFile | undefined;
  /** Throws away what told visitors of past days apart. */
  readonly turnVisitorKeys: (today: number) => Promise<void>;
  /** Looks again at the proofs of domains whose turn it is. */
  readonly recheckDomains: () => Promise<void>;
  /** Goes on with jobs on stored clicks, and deletes old ones. */
  readonly tendClicks: () => Promise<void>;
  /** Deletes links for good that the command line wants gone. */
  readonly deleteLinks: Job['run'];
  /** Keeps the search of links fast. */
  readonly tendSearch: () => Promise<void>;
  /** Forgets who looked at password pages on past days. */
  readonly forgetPasswordVisits: () => Promise<void>;
  /** Follows what the command line has changed in the database. */
  readonly refreshCaches: () => void;
  /** Sends what webhooks are owed. */
  readonly deliver: () => void;
  readonly webhookRetentionDays: number;
}

function backupJobs({ backups: plan, dataFolder, reader, clock, log }: JobParts): Job[] {
  if (plan === undefined) return [];
  const { schedule } = plan;
  return [
    {
      name: 'backups.make',
      lane: 'long',
      everyMs: schedule.everyMs,
      schedule,
      run: ({ stopping }) => makeScheduledBackup({ plan, dataFolder, reader, clock, log, stopping }),
    },
  ];
}

/** Changes that the system announces are taken up at once; network drives announce nothing. */
function fileJob(name: string, file: ChangingFile | undefined): Job[] {
  return file === undefined ? [] : [{ name, everyMs: minuteMs, run: () => file.check() }];
}

export function jobsOf(parts: JobParts): Job[] {
  const { writer, clock, turnVisitorKeys, recheckDomains, tendClicks, tendSearch, forgetPasswordVisits } = parts;
  return [
    ...backupJobs(parts),
    ...fileJob('geo.reload', parts.geoFile),
    ...fileJob('clicks.reload-filtered-networks', parts.networksFile),
    {
      name: refreshCachesJob,
      lane: 'prompt',
      // The command line makes it due, and waits for its end.
      everyMs: dayMs,
      // eslint-disable-next-line require-await -- a job's run is a promise
      async run() {
        parts.refreshCaches();
        parts.deliver();
      },
    },
    {
      name: findEventsJob,
      lane: 'prompt',
      // Those of the server itself are told of as they are stored.
      everyMs: 10 * minuteMs,
      // eslint-disable-next-line require-await -- a job's run is a promise
      run: async () => parts.deliver(),
    },
    {
      name: deleteLinksJob,
      lane: 'clearing',
      everyMs: 10 * minuteMs,
      // What a stop interrupted goes on.
      isDueAtStart: true,
      run: parts.deleteLinks,
    },
    {
      name: 'visitors.turn-keys',
      everyMs: 10 * minuteMs,
      run: () => turnVisitorKeys(utcDay(clock.now())),
    },
    {
      name: 'api.forget-idempotency-keys',
      everyMs: 10 * minuteMs,
      run: () => writer.run(forgetIdempotencyKeys, { now: clock.now() }),
    },
    {
      name: 'domains.recheck',
      everyMs: 10 * minuteMs,
      run: recheckDomains,
    },
    {
      name: 'clicks.tend',
      everyMs: 10 * minuteMs,
      // What a restart interrupted goes on.
      isDueAtStart: true,
      run: tendClicks,
    },
    {
      name: 'links.tend-search',
      everyMs: 10 * minuteMs,
      isDueAtStart: true,
      run: tendSearch,
    },
    {
      name: 'links.forget-password-visits',
      everyMs: 10 * minuteMs,
      run: forgetPasswordVisits,
    },
    {
      name: 'webhooks.drop-old',
      everyMs: hourMs,
      async run({ isStopping }) {
        const now = clock.now();
        const before = now - parts.webhookRetentionDays * dayMs;
        let from = await writer.run(dropOldEvents, { before, now });
        while (from !== undefined) {
          if (isStopping()) return false;
          from = await writer.run(dropOldEvents, { before, now, from });
        }
        return true;
      },
    },
  ];
}
