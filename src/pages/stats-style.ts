// The style of the public statistics page, after the one of the small pages: wider, with charts and tables.

import { style } from './style.ts';

export const statsStyle = `${style}
body { align-items: start; }
main { max-width: 60rem; }
h1 { margin-bottom: .25rem; }
h2 { font-size: 1.125rem; line-height: 1.3; margin: 2rem 0 .5rem; }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
nav a { padding: .375rem .875rem; border: 1px solid var(--edge); border-radius: 2rem; color: inherit; text-decoration: none; }
nav a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.figures div { padding: .875rem 1rem; border: 1px solid var(--line); border-radius: .75rem; }
.figures dt { color: var(--quiet); font-size: .9375rem; }
.figures dd { margin: 0; font-size: 1.625rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.figures dd.small { font-size: 1.125rem; line-height: 2.2; }
.chart { display: block; width: 100%; height: 10rem; }
.chart path { vector-effect: non-scaling-stroke; }
.column { fill: var(--accent); }
.hit { fill: transparent; }
g:hover .hit { fill: var(--line); }
.grid { stroke: var(--line); fill: none; }
.axis { stroke: var(--edge); fill: none; }
.tick { margin: 0; font-size: .875rem; }
.ends { display: flex; justify-content: space-between; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); column-gap: 2rem; }
table { width: 100%; border-collapse: collapse; font-size: 1rem; }
caption { text-align: left; font-size: 1.125rem; font-weight: 700; padding: 1.5rem 0 .375rem; }
th, td { text-align: left; font-weight: inherit; padding: .25rem 0; border-top: 1px solid var(--line); }
thead th { color: var(--quiet); font-size: .875rem; border-top: 0; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; padding-left: 1rem; width: 1%; }
.share { display: block; width: 100%; height: 6px; margin-top: .125rem; }
.track { fill: var(--line); }
.more { font-size: .9375rem; margin: .375rem 0 0; }
details { margin: .5rem 0 0; }
summary { cursor: pointer; color: var(--quiet); }
footer { margin-top: 2rem; color: var(--quiet); font-size: .9375rem; }
footer p { margin: 0 0 .5rem; }
`;
