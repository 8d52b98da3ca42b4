// The part of the application that shows stored clicks and tends them: exports, live hits, the public page, jobs and retention.
// Wired by application.ts; its routes are in api-application.ts.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { ClickJobs } from './clicks/click-jobs.ts';
import { linkStatsReading } from './clicks/click-readings.ts';
import { Exports } from './clicks/exports.ts';
import type { FilteredNetworks } from './clicks/filtered-networks.ts';
import { LinkDeletions, type LinkDeletionsOptions } from './clicks/link-deletions.ts';
import { LiveFeed } from './clicks/live-feed.ts';
import { RawHitStore } from './clicks/raw-hit-store.ts';
import type { Recorder } from './clicks/recorder.ts';
import { keepToRetention } from './clicks/retention.ts';
import type { Clock } from './core/clock.ts';
import type { LinkUids } from './links/link-uid.ts';
import type { Link } from './links/link.ts';
import type { Links } from './links/links.ts';
import { findLiveLink, findPublicStatsLink } from './links/public-stats-store.ts';
import { PublicStats } from './pages/public-stats.ts';
import type { Connection } from './storage/query.ts';
import type { ReaderThread } from './storage/reader.ts';
import type { Writer } from './storage/writer.ts';

type Respond<Rest extends unknown[] = []> = (request: IncomingMessage, response: ServerResponse, ...rest: Rest) => void;

interface ClickApplicationOptions extends Pick<LinkDeletionsOptions, 'forgetLink'> {
  readonly dataFolder: string;
  readonly windowMs: number;
  readonly retentionDays: number;
  readonly reader: Connection;
  readonly writer: Writer;
  readonly recorder: Recorder;
  readonly questions: ReaderThread;
  readonly backgroundReader: ReaderThread;
  readonly filteredNetworks: FilteredNetworks;
  readonly links: Links;
  readonly shortUrlOf: (link: Link) => string;
  /** Opens the public page of every link by its long id; undefined: there are none. */
  readonly linkUids: LinkUids | undefined;
  readonly emptyLog: () => void;
  readonly recount: () => void;
  readonly admit: (request: IncomingMessage) => void;
  readonly notFound: Respond;
  readonly failed: Respond<[error: unknown]>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ClickApplication {
  readonly exports: Exports;
  readonly feed: LiveFeed;
  readonly jobs: ClickJobs;
  readonly hits: RawHitStore;
  readonly publicStats: PublicStats;
  readonly deletions: LinkDeletions;
  /** Goes on with jobs, and deletes old hits. What is left when it ends waits for the next time. */
  maintain(): Promise<void>;
  /** The server is about to stop: what would not end by itself ends now. */
  endWaits(): void;
  close(): Promise<void>;
}

export function buildClickApplication(options: ClickApplicationOptions): ClickApplication {
  const { reader, writer, recorder, questions, backgroundReader, retentionDays: days, clock } = options;
  const exports = new Exports({ thread: backgroundReader, traffic: recorder, clock });
  const hits = new RawHitStore(reader);
  const feed = new LiveFeed({ hits, clock });
  recorder.onStored = () => feed.notify();
  const jobs = new ClickJobs(options);
  let isStopping = false;
  return {
    exports,
    feed,
    jobs,
    hits,
    deletions: new LinkDeletions(options),
    publicStats: new PublicStats({
      ...options,
      find: (id) => {
        const publicId = options.linkUids?.publicIdOf(id);
        return publicId === undefined ? findPublicStatsLink(reader, id) : findLiveLink(reader, publicId);
      },
      ask: (owner, question) => questions.ask(linkStatsReading, { owner, question }),
    }),
    async maintain() {
      jobs.resume();
      await keepToRetention({ reader, writer, days, clock }, () => isStopping);
    },
    endWaits() {
      isStopping = true;
      feed.stop();
    },
    async close() {
      await Promise.all([jobs.stop(), exports.close()]);
    },
  };
}
