// Lines of CSV (RFC 4180) that a spreadsheet shows and never runs: a text that begins like a formula gets an apostrophe before it.

export type CsvValue = string | number | boolean | null;

// Spreadsheets also take the full-width forms, and what comes after a tab or a line break, for the start of a formula.
const formulaStart = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
const needsQuotes = /[",\r\n]|^\s|\s$/;

function csvField(value: CsvValue): string {
  if (value === null) return '';
  // Numbers are ours: -1.5 is one, and no formula.
  if (typeof value !== 'string') return String(value);
  const safe = formulaStart.test(value) ? `'${value}` : value;
  return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line with its end. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}
