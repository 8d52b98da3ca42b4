// The style of the API reference, on top of that of the small pages: wide, with the list of operations at its side on a desk.

import { style } from './style.ts';

export const referenceStyle = `${style}
body { align-items: start; }
main { max-width: 72rem; padding: 1.5rem 1.25rem 3rem; }
h1 { font-size: 1.75rem; }
h2 { font-size: 1.375rem; line-height: 1.3; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1.125rem; line-height: 1.35; margin: 0 0 .5rem; }
h4 { font-size: .9375rem; margin: 1.25rem 0 .375rem; }
p { margin-bottom: .75rem; }
a { color: var(--accent); }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover { text-decoration: underline; }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
p code, dd code, li code { color: var(--ink); }
pre { margin: 0; padding: .75rem .875rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8125rem; background: var(--ground); border: 1px solid var(--line); border-radius: .625rem; }
ul { margin: 0 0 .75rem; padding-left: 1.25rem; }
section.part { margin-top: 1.25rem; padding: 1.25rem 0 .25rem; border-top: 1px solid var(--line); }
:target { scroll-margin-top: 1rem; }
section.part:target { border-top: 3px solid var(--accent); }
nav { margin-bottom: 1.5rem; font-size: .9375rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .25rem 0; text-decoration: none; color: var(--ink); }
nav a:hover { text-decoration: underline; }
nav p { margin: .875rem 0 .125rem; font-weight: 600; }
summary { cursor: pointer; min-height: 1.75rem; color: var(--accent); }
details > pre { margin-top: .25rem; }
.call { display: flex; flex-wrap: wrap; gap: .25rem .625rem; align-items: baseline; color: var(--ink); }
.method { padding: 0 .5rem; border: 1px solid var(--edge); border-radius: .375rem; font: 600 .8125rem/1.6 ui-monospace, monospace; }
.fields { margin: 0 0 .75rem; }
.fields dt { margin-top: .625rem; }
.fields dd { margin: 0 0 0 .75rem; }
.fields dd p { margin: 0 0 .125rem; font-size: .9375rem; }
.fields .fields { padding-left: .75rem; border-left: 2px solid var(--line); }
.name { font-weight: 600; }
.type, .limits, .required { font-size: .875rem; color: var(--quiet); }
.required { color: var(--warning); }
.errors { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; }
.answers { list-style: none; padding: 0; }
.answers > li { margin-bottom: .75rem; }
@media (min-width: 64rem) {
  main { display: grid; grid-template-columns: 15rem minmax(0, 1fr); column-gap: 3rem; padding: 2.5rem; }
  .sign { grid-column: 1 / -1; }
  @supports selector(::details-content) {
    nav details::details-content { content-visibility: visible; height: auto; }
    nav summary { display: none; }
  }
  nav { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow: auto; }
}
`;
