// Lists on standard output: aligned columns for people, or a JSON array.

import { escapeControls } from '../core/one-line.ts';

export type ListedRow = Readonly<Record<string, string | readonly string[] | null>>;

function cell(value: ListedRow[string] | undefined): string {
  if (value === null || value === undefined) return '-';
  return escapeControls(typeof value === 'string' ? value : value.join(','));
}

/** The rows under the columns' names, or `[…]` with one object per line. */
export function listing(columns: readonly string[], rows: readonly ListedRow[], asJson: boolean): string {
  if (asJson)
    return rows.length === 0 ? '[]\n' : `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`;
  const lines = [
    columns.map((column) => column.replaceAll(/[A-Z]/g, ' $&').toUpperCase()),
    ...rows.map((row) => columns.map((column) => cell(row[column]))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]!.length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, index) => text.padEnd(widths[index]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** A time as ISO 8601 in UTC, or null. */
export function shownTime(unixMs: number | null): string | null {
  return unixMs === null ? null : new Date(unixMs).toISOString();
}
