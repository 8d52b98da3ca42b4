// What /metrics tells: gathered from every part when it is asked for, so that between two questions nothing is done but count.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import type { Recorder } from './clicks/recorder.ts';
import { verdictOf } from './clicks/verdict.ts';
import type { CacheCounts } from './core/bounded-cache.ts';
import type { Family, Sample } from './core/exposition.ts';
import { exitCodes, StartError } from './core/exit.ts';
import { MetricsEndpoint, metricsPath } from './http/metrics-endpoint.ts';
import type { RequestMeter } from './http/request-meter.ts';
import type { JobFigures } from './scheduler/scheduler.ts';
import { databaseSize } from './storage/database-size.ts';
import type { Connection } from './storage/query.ts';
import type { Writer } from './storage/writer.ts';
import type { DeliveryFigures } from './webhooks/delivery-thread.ts';

const delayResolutionMs = 10;
const nanosecondsPerSecond = 1e9;

/** What the application tells of itself. */
export interface ApplicationFigures {
  readonly reader: Connection;
  readonly caches: Readonly<Record<string, CacheCounts>>;
  /** What waits for its turn, by the name of the queue. */
  readonly queues: Readonly<Record<string, () => number>>;
  /** Of live hits. */
  readonly listeners: { readonly size: number; readonly pendingBytes: number };
  readonly deliveries: DeliveryFigures;
  /** By the name of the job. */
  readonly jobs: ReadonlyMap<string, JobFigures>;
}

export interface MetricSources extends ApplicationFigures {
  readonly meter: RequestMeter;
  readonly recorder: Recorder;
  readonly writer: Writer;
  readonly dataFolder: string;
  readonly connections: () => number;
  readonly startedAt: number;
}

const one = (value: number): Sample[] => [{ value }];

function by(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function trafficFamilies({ meter, connections, listeners }: MetricSources): Family[] {
  return [
    {
      name: 'signpost_requests',
      help: 'Requests answered, by method, route and status.',
      kind: 'counter',
      samples: meter.samples(),
    },
    {
      name: 'signpost_redirect_duration_seconds',
      help: 'From a request for a short link to its redirect, the commit of the click included.',
      kind: 'histogram',
      histogram: meter.redirectLatency,
    },
    { name: 'signpost_connections', help: 'Open connections.', kind: 'gauge', samples: one(connections()) },
    {
      name: 'signpost_live_listeners',
      help: 'Connections that are told of hits as they come.',
      kind: 'gauge',
      samples: one(listeners.size),
    },
    {
      name: 'signpost_live_pending_bytes',
      help: 'What those have been told and not taken yet.',
      kind: 'gauge',
      samples: one(listeners.pendingBytes),
    },
  ];
}

function clickFamilies({ recorder }: MetricSources): Family[] {
  const { uncounted, overflowed } = recorder;
  const byVerdict = Object.fromEntries([...recorder.recorded].map((count, code) => [verdictOf(code), count]));
  return [
    {
      name: 'signpost_clicks_recorded',
      help: 'Hits stored, by verdict: counted, or the reason why not.',
      kind: 'counter',
      samples: by('verdict', byVerdict),
    },
    {
      name: 'signpost_clicks_uncounted',
      help: 'Visitors who were redirected while nothing could be stored, by reason.',
      kind: 'counter',
      samples: by('reason', { queue_full: overflowed, write_failed: uncounted - overflowed }),
    },
    {
      name: 'signpost_clicks_refused',
      help: 'Visitors who found the limit of a link used up while their click was being stored.',
      kind: 'counter',
      samples: one(recorder.refused),
    },
  ];
}

function storageFamilies({ writer, reader, dataFolder, recorder, queues, caches }: MetricSources): Family[] {
  const { databaseBytes, logBytes, freeBytes } = databaseSize(reader, dataFolder);
  const waiting = Object.fromEntries(Object.entries(queues).map(([name, depth]) => [name, depth()]));
  const counts = Object.entries(caches);
  return [
    {
      name: 'signpost_queue_depth',
      help: 'What waits for its turn.',
      kind: 'gauge',
      samples: by('queue', { clicks: recorder.depth, writes: writer.depth, ...waiting }),
    },
    {
      name: 'signpost_commit_duration_seconds',
      help: 'How long transactions take, as the main thread sees it.',
      kind: 'histogram',
      histogram: writer.commits,
    },
    {
      name: 'signpost_commits_failed',
      help: 'Transactions that were undone as a whole, for instance because the disk was full.',
      kind: 'counter',
      samples: one(writer.failedCommits),
    },
    {
      name: 'signpost_cache_hits',
      help: 'Look-ups that a cache answered.',
      kind: 'counter',
      samples: by('cache', Object.fromEntries(counts.map(([name, { hits }]) => [name, hits]))),
    },
    {
      name: 'signpost_cache_misses',
      help: 'Look-ups that a cache could not answer.',
      kind: 'counter',
      samples: by('cache', Object.fromEntries(counts.map(([name, { misses }]) => [name, misses]))),
    },
    { name: 'signpost_database_bytes', help: 'Size of the database.', kind: 'gauge', samples: one(databaseBytes) },
    { name: 'signpost_wal_bytes', help: 'Size of the write-ahead log.', kind: 'gauge', samples: one(logBytes) },
    { name: 'signpost_disk_free_bytes', help: 'Room left on the disk.', kind: 'gauge', samples: one(freeBytes) },
  ];
}

function backgroundFamilies({ deliveries, jobs }: MetricSources): Family[] {
  const { delivered, failed, dead, statusChanges } = deliveries;
  const ofJobs = (value: (figures: JobFigures) => number): Sample[] =>
    [...jobs].map(([job, figures]) => ({ labels: { job }, value: value(figures) }));
  return [
    {
      name: 'signpost_webhook_deliveries',
      help: 'Tries to deliver to webhooks, by outcome; dead: given up, and kept.',
      kind: 'counter',
      samples: by('outcome', { delivered, failed, dead }),
    },
    {
      name: 'signpost_webhook_status_changes',
      help: 'Webhooks that became active, failing or disabled.',
      kind: 'counter',
      samples: by('status', statusChanges),
    },
    {
      name: 'signpost_job_runs',
      help: 'Timed jobs that were run.',
      kind: 'counter',
      samples: ofJobs(({ runs }) => runs),
    },
    {
      name: 'signpost_job_failures',
      help: 'Runs of timed jobs that failed.',
      kind: 'counter',
      samples: ofJobs(({ failures }) => failures),
    },
    {
      name: 'signpost_job_seconds',
      help: 'Time that timed jobs took.',
      kind: 'counter',
      samples: ofJobs(({ seconds }) => seconds),
    },
  ];
}

function processFamilies({ startedAt }: MetricSources): Family[] {
  const { user, system } = process.cpuUsage();
  const microsecondsPerSecond = 1e6;
  return [
    {
      name: 'process_cpu_seconds',
      help: 'Processor time used.',
      kind: 'counter',
      samples: one((user + system) / microsecondsPerSecond),
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Memory in use.',
      kind: 'gauge',
      samples: one(process.memoryUsage.rss()),
    },
    {
      name: 'process_start_time_seconds',
      help: 'When the server started.',
      kind: 'gauge',
      samples: one(Math.round(startedAt / 1_000)),
    },
    {
      name: 'signpost_build_info',
      help: 'Which program this is.',
      kind: 'gauge',
      samples: [{ labels: { version: packageJson.version, node: process.versions.node }, value: 1 }],
    },
  ];
}

interface ServerMetricsOptions {
  readonly sources: MetricSources;
  /** What whoever asks has to know. */
  readonly token: string | undefined;
  /** Where to answer instead of on the main listener. With neither, nobody is answered. */
  readonly address: string | undefined;
  readonly log: Logger;
}

export class ServerMetrics {
  readonly #sources: MetricSources;
  readonly #address: string | undefined;
  readonly #endpoint: MetricsEndpoint | undefined;
  readonly #delay = monitorEventLoopDelay({ resolution: delayResolutionMs });

  constructor({ sources, token, address, log }: ServerMetricsOptions) {
    this.#sources = sources;
    this.#address = address;
    if (token === undefined && address === undefined) return;
    this.#delay.enable();
    this.#endpoint = new MetricsEndpoint(() => this.#gather(), token, log);
  }

  /** Whether that request on the main listener is for `handle`, where its host is ours. */
  serves({ url = '' }: { readonly url?: string | undefined }): boolean {
    if (this.#endpoint === undefined || this.#address !== undefined || !url.startsWith(metricsPath)) return false;
    return url.length === metricsPath.length || url[metricsPath.length] === '?';
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#sources.meter.routed(response, metricsPath);
    this.#endpoint?.handle(request, response);
  }

  /** Answers on the address of its own, where there is one, and gives it. Throws a StartError when it cannot be used. */
  async listen(): Promise<string | undefined> {
    if (this.#address === undefined) return undefined;
    try {
      return await this.#endpoint?.listen(this.#address);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StartError(`cannot listen on metrics.listen ${this.#address}: ${reason}`, exitCodes.failure, { cause });
    }
  }

  close(): void {
    this.#endpoint?.close();
    this.#delay.disable();
  }

  /** Each question starts the watch of the event loop anew, so what is told of it is what was since the last one. */
  #gather(): Family[] {
    const delay = this.#delay;
    const quantiles = by('quantile', {
      '0.5': delay.percentile(50) / nanosecondsPerSecond,
      '0.99': delay.percentile(99) / nanosecondsPerSecond,
      '1': delay.max / nanosecondsPerSecond,
    });
    delay.reset();
    return [
      ...trafficFamilies(this.#sources),
      ...clickFamilies(this.#sources),
      ...storageFamilies(this.#sources),
      ...backgroundFamilies(this.#sources),
      {
        name: 'signpost_event_loop_delay_seconds',
        help: `Between two turns of a timer of ${delayResolutionMs} ms, since the last question.`,
        kind: 'gauge',
        samples: quantiles,
      },
      ...processFamilies(this.#sources),
    ];
  }
}
