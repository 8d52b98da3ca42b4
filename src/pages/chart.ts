// Charts as inline SVG: drawn on the server, in the page's own colours, and said in words for whoever cannot see them.

import { type Html, html } from './html.ts';

export interface Column {
  readonly label: string;
  readonly value: number;
}

// Stretched to the width that there is: its texts stand beside it, or a phone would shrink them with the rest.
const width = 720;
const height = 160;
const top = 1;
/** A wide gap would leave nothing of a column where there are many. */
const gapShare = 0.2;

/** The smallest of 1, 2, 5, 10, 20 … that is not below `value`. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value)!;
}

// Made when it is first needed: what the language has takes time and memory to load, and a start has neither to spare.
let numbers: Intl.NumberFormat | undefined;

/** `12,345` */
export function numberText(value: number): string {
  return (numbers ??= new Intl.NumberFormat('en')).format(value);
}

// Two decimals: a hundredth of a pixel is more than any screen shows.
const at = (value: number): string => String(Math.round(value * 100) / 100);

/**
 * Columns side by side, each with its value in a tooltip.
 * @param summary the chart in a sentence
 */
export function columnChart(columns: readonly Column[], summary: string): Html {
  const ceiling = niceCeiling(Math.max(0, ...columns.map(({ value }) => value)));
  const step = width / Math.max(1, columns.length);
  const bars = columns.map(({ label, value }, i) => {
    // What is there is seen, however little it is.
    const size = value === 0 ? 0 : Math.max(2, ((height - top) * value) / ceiling);
    const bar = html`<rect
      class="column"
      x="${at(i * step + (step * gapShare) / 2)}"
      y="${at(height - size)}"
      width="${at(step * (1 - gapShare))}"
      height="${at(size)}"
    />`;
    // The tooltip's area is the whole height: a low column is hard to hit.
    return html`<g
      ><title>${label}: ${numberText(value)}</title
      ><rect class="hit" x="${at(i * step)}" y="0" width="${at(step)}" height="${height}" />${bar}</g
    >`;
  });
  const first = columns[0]?.label ?? '';
  const last = columns.at(-1)?.label ?? '';
  return html`<p class="tick">${numberText(ceiling)}</p>
    <svg class="chart" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${summary}">
      <path class="grid" d="M0 ${top}H${width}M0 ${height / 2}H${width}" />
      ${bars}
      <path class="axis" d="M0 ${height}H${width}" />
    </svg>
    <p class="tick ends">
      <span>${first}</span>
      <span>${columns.length > 1 ? last : ''}</span>
    </p>`;
}

/** A bar as long as the share of the whole; the number stands beside it in words. */
export function shareBar(share: number): Html {
  return html`<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    <rect class="track" width="100" height="6" />
    <rect class="column" width="${at(share * 100)}" height="6" />
  </svg>`;
}
