// A query, or a form, which is written like one: text, and so UTF-8, like JSON.

import { invalidField } from '../core/errors.ts';
import { escapeControls } from '../core/one-line.ts';
import { maxPathPartLength } from '../core/validation.ts';

// URLSearchParams makes this of every byte that is no UTF-8.
const replacement = '\ufffd';

/**
 * Throws VALIDATION_ERROR, with the parameter's name, where a name or a value is no UTF-8. It would be read as another text than the one
 * that was meant.
 * @param text after the `?`, or the whole form
 */
export function requireUtf8(text: string): void {
  if (!text.includes('%')) return;
  for (const pair of text.split('&')) {
    const [[name, value] = ['', '']] = new URLSearchParams(pair);
    const isCurious = name.includes(replacement) || value.includes(replacement);
    // Somebody may mean that very character.
    if (!isCurious || isUtf8(pair)) continue;
    const path = escapeControls(name.slice(0, maxPathPartLength));
    throw invalidField(path, `${path} is not valid UTF-8`);
  }
}

function isUtf8(pair: string): boolean {
  try {
    // A lone % is one, to URLSearchParams.
    decodeURIComponent(pair.replaceAll(/%(?![\da-f]{2})/gi, '%25'));
    return true;
  } catch {
    return false;
  }
}
