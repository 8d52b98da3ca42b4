// Metrics as text, in the two forms that monitoring systems read: Prometheus 0.0.4 and OpenMetrics 1.0, which also carries
// the id of one request for each bucket of a histogram.

import type { Histogram } from './histogram.ts';

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface FamilyBase {
  /** Without the ending that its kind adds: a counter's `_total`. */
  readonly name: string;
  /** One line. */
  readonly help: string;
}

/** All that has one name. */
export type Family = FamilyBase &
  (
    | { readonly kind: 'counter' | 'gauge'; readonly samples: readonly Sample[] }
    | { readonly kind: 'histogram'; readonly histogram: Histogram }
  );

export type Format = 'prometheus' | 'openmetrics';

export const contentTypes: Readonly<Record<Format, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What the client would rather have. */
export function formatFor(accept: string | undefined): Format {
  return accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'prometheus';
}

function labelText(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function histogramLines(name: string, histogram: Histogram, format: Format): string[] {
  const { boundsMs, counts, examples, sumMs } = histogram;
  let count = 0;
  const buckets = [...counts].map((inBucket, index) => {
    count += inBucket;
    const bound = boundsMs[index];
    const example = format === 'openmetrics' ? examples[index] : undefined;
    const shown = example === undefined ? '' : ` # {request_id="${example.id}"} ${example.ms / 1_000}`;
    return `${name}_bucket{le="${bound === undefined ? '+Inf' : bound / 1_000}"} ${count}${shown}`;
  });
  return [...buckets, `${name}_sum ${sumMs / 1_000}`, `${name}_count ${count}`];
}

/** Every family in turn, samples below their names. */
export function expose(families: readonly Family[], format: Format): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, help, kind } = family;
    const sampleName = kind === 'counter' ? `${name}_total` : name;
    // The older format names a counter's family after its samples.
    const familyName = format === 'openmetrics' ? name : sampleName;
    lines.push(`# HELP ${familyName} ${help}`, `# TYPE ${familyName} ${kind}`);
    if (family.kind === 'histogram') lines.push(...histogramLines(name, family.histogram, format));
    else for (const { labels, value } of family.samples) lines.push(`${sampleName}${labelText(labels)} ${value}`);
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}
