// What the public statistics page of a link shows: figures, the course over time as a chart and a table, and breakdowns. All of it
// is in the document; nothing needs a script.

import { type Column, columnChart, numberText, shareBar } from './chart.ts';
import { type Html, html } from './html.ts';

export interface BreakdownRow {
  readonly name: string;
  readonly count: number;
}

export interface Breakdown {
  readonly heading: string;
  /** Most first. */
  readonly rows: readonly BreakdownRow[];
}

export interface StatsView {
  readonly shortUrl: string;
  readonly title: string | null;
  /** The periods that there are, and which one is shown. */
  readonly periods: readonly { readonly name: string; readonly query: string; readonly isShown: boolean }[];
  readonly totalClicks: number;
  readonly uniqueVisitors: number;
  readonly lastClickedAt: string | null;
  readonly overTime: readonly Column[];
  /** What a column stands for: `day`. */
  readonly interval: string;
  readonly breakdowns: readonly Breakdown[];
  /** Whether programs count on this link. */
  readonly countsBots: boolean;
}

const shownRows = 10;
const none = html``;

function clicks(count: number): string {
  return `${numberText(count)} ${count === 1 ? 'click' : 'clicks'}`;
}

/** A link's last click, by the minute: whoever made it should not be able to tell that it was theirs. */
function minuteText(time: string | null): string {
  return time === null ? 'never' : `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

function figure(name: string, value: string, isSmall = false): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd class="${isSmall ? 'small' : 'large'}">${value}</dd>
  </div>`;
}

function courseSection({ overTime, interval, totalClicks }: StatsView): Html {
  const best = overTime.reduce<Column | undefined>((a, b) => (a === undefined || b.value > a.value ? b : a), undefined);
  const most =
    best === undefined || best.value === 0 ? '' : `, most of them on ${best.label}: ${numberText(best.value)}`;
  const rows = overTime.map(
    ({ label, value }) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td class="number">${numberText(value)}</td>
      </tr>`,
  );
  return html`<h2>Clicks by ${interval}</h2>
    ${columnChart(overTime, `Clicks by ${interval}: ${clicks(totalClicks)}${most}.`)}
    <details>
      <summary>The same as a table</summary>
      <table id="course">
        <thead>
          <tr>
            <th scope="col">${interval}</th>
            <th scope="col" class="number">Clicks</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </details>`;
}

function breakdownTable({ heading, rows }: Breakdown, total: number): Html {
  const shown = rows.slice(0, shownRows);
  const rest = total - shown.reduce((sum, { count }) => sum + count, 0);
  const lines = shown.map(({ name, count }) => {
    const share = total === 0 ? 0 : count / total;
    return html`<tr>
      <th scope="row">${name}${shareBar(share)}</th>
      <td class="number">${numberText(count)}</td>
      <td class="number">${Math.round(share * 100)} %</td>
    </tr>`;
  });
  return html`<div>
    <table>
      <caption>
        ${heading}
      </caption>
      <tbody>
        ${lines}
      </tbody>
    </table>
    ${rest === 0 ? none : html`<p class="more">and others, with ${clicks(rest)}</p>`}
  </div>`;
}

export function statsMain(view: StatsView): Html {
  const { shortUrl, title, periods, totalClicks, uniqueVisitors, lastClickedAt, breakdowns, countsBots } = view;
  const links = periods.map(({ name, query, isShown }) =>
    isShown ? html`<a href="${query}" aria-current="page">${name}</a>` : html`<a href="${query}">${name}</a>`,
  );
  const tables =
    totalClicks === 0
      ? html`<p>Nobody has opened this link in this time.</p>`
      : html`<div class="tables">${breakdowns.map((breakdown) => breakdownTable(breakdown, totalClicks))}</div>`;
  const programs = countsBots
    ? 'On this link programs count as well: crawlers, link previews, monitors.'
    : 'Programs such as crawlers, link previews and monitors are not counted.';
  return html`<h1>${title ?? 'Statistics'}</h1>
    <p>${shortUrl}</p>
    <nav aria-label="Period">${links}</nav>
    <dl class="figures">
      ${figure('Clicks', numberText(totalClicks))} ${figure('Different visitors', numberText(uniqueVisitors))}
      ${figure('Last click', minuteText(lastClickedAt), true)}
    </dl>
    ${courseSection(view)} ${tables}
    <footer>
      <p>${programs} Days are those of UTC.</p>
      <p>Visitors are told apart without cookies; where they are many, their number is an estimate.</p>
    </footer>`;
}
