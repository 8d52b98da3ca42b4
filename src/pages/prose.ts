// Plain texts as HTML: paragraphs, `## headings`, and code between backticks. Everything else is shown as it stands.

import { type Html, html } from './html.ts';

/** A line of text, with `code` where it has backticks. */
export function inline(text: string): Html {
  const parts = text
    .split('`')
    .map((part, position) => (position % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
  return html`${parts}`;
}

export function paragraphs(text: string): Html {
  const blocks = text
    .split(/\n{2,}/)
    .map((block) => (block.startsWith('## ') ? html`<h2>${block.slice(3)}</h2>` : html`<p>${inline(block)}</p>`));
  return html`${blocks}`;
}
