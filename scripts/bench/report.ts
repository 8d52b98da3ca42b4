// What a benchmark hands back, and how it is printed: tables, the targets, and what must not be wrong.

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** The first cell names the row. */
  readonly rows: readonly (readonly string[])[];
}

/** A figure to reach. Missing it never fails the run: figures belong to a machine. */
export interface Target {
  readonly text: string;
  readonly limit: number;
  readonly found: number;
  readonly isMet: boolean;
}

export interface Report {
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
  readonly targets: readonly Target[];
  /** What was wrong, such as a lost click: these fail the run. */
  readonly failures: readonly string[];
  /** Everything measured, for `--json`. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface BenchmarkOptions {
  /** A short form for CI: shows that the benchmark works, its figures are rough. */
  readonly isQuick: boolean;
  /** Measure dist/signpost instead of the source. */
  readonly isExecutable: boolean;
  /** Length of one load run; undefined: the benchmark's own. */
  readonly seconds: number | undefined;
  readonly rounds: number | undefined;
  /** Sizes of a history; undefined: the benchmark's own. */
  readonly clicks: readonly number[] | undefined;
  /** Where histories of clicks are kept and found again; undefined: they are made for this run. */
  readonly data: string | undefined;
  /** Tells whoever waits what goes on. */
  readonly say: (line: string) => void;
}

export type Benchmark = (options: BenchmarkOptions) => Promise<Report>;

export function atLeast(text: string, limit: number, found: number): Target {
  return { text: `${text}: at least ${limit}`, limit, found, isMet: found >= limit };
}

export function atMost(text: string, limit: number, found: number): Target {
  return { text: `${text}: at most ${limit}`, limit, found, isMet: found <= limit };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest value that `share` (0 to 1) of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** A number with this many digits after the point and its thousands set apart; `–` where there is none. */
export function shown(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function renderTable({ title, columns, rows }: Table): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  const rendered = lines.map((line) =>
    line
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [title, ...rendered.map((line) => `  ${line}`)].join('\n');
}

export function renderReport(report: Report): string {
  return [
    ...report.tables.map(renderTable),
    ...report.notes.map((note) => `  ${note}`),
    ...report.targets.map(
      ({ text, found, isMet }) => `  ${isMet ? 'met    ' : 'not met'}  ${text}; found ${shown(found, 2)}`,
    ),
    ...report.failures.map((failure) => `  FAILED   ${failure}`),
  ].join('\n');
}
