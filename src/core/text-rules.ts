// What every text from outside has to be, whatever field it is for.

/** Whether `text` has more than `limit` Unicode code points; costs no more than the limit, however long the text. */
export function isLongerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  if (text.length > limit * 2) return true;
  let points = 0;
  for (const _ of text) points++;
  return points > limit;
}

/** Why `text` cannot be stored (NUL ends a text for some readers of SQLite; half a surrogate pair is no UTF-8), or undefined. */
export function storableTextFault(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character';
  if (!text.isWellFormed()) return 'contains half of a surrogate pair';
  return undefined;
}

const controls = /\p{Cc}/u;
const controlsButLineBreaks = /(?![\n\t])\p{Cc}/u;

/** Why `text` cannot be a line of text, or undefined. Line breaks and other controls have no place in a name, a tag or a parameter. */
export function lineFault(text: string): string | undefined {
  return storableTextFault(text) ?? (controls.test(text) ? 'contains a control character' : undefined);
}

/** Why `text` cannot be text of several lines, or undefined. Lines end in LF alone; tabs are text. */
export function linesFault(text: string): string | undefined {
  return storableTextFault(text) ?? (controlsButLineBreaks.test(text) ? 'contains a control character' : undefined);
}
