// The formats in which rows are exported, and what a page of an export is asked for and gives.

import { csvLine, type CsvValue } from '../core/csv.ts';

export const exportFormats = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const exportTypes: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/** Whose rows: a link's, or those of all links of a user. */
export interface ExportScope {
  readonly userId: number;
  readonly linkId: number | undefined;
}

export interface ExportQuestion {
  readonly scope: ExportScope;
  readonly format: ExportFormat;
  /** Where the page before ended; undefined: at the start. */
  readonly position: number | undefined;
}

export interface ExportPage {
  readonly text: string;
  /** Where the next page goes on; null: this was the last one. */
  readonly position: number | null;
}

/** Rows as text, without a header. */
export function rowsText<Field extends string>(
  rows: readonly Readonly<Record<Field, CsvValue>>[],
  fields: readonly Field[],
  format: ExportFormat,
): string {
  let text = '';
  for (const row of rows)
    text += format === 'ndjson' ? `${JSON.stringify(row)}\n` : csvLine(fields.map((field) => row[field]));
  return text;
}
