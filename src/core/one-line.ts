// Foreign text inside a message of one line: quoted, cut, and without anything that a terminal would obey.

const maxQuotedLength = 100;

/** Control characters and line separators as `\uXXXX`, so that the text stays on one line and cannot steer a terminal. */
export function escapeControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is being removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The text in double quotes, at most 100 characters of it. */
export function quoted(text: string): string {
  const cut = text.length > maxQuotedLength ? `${text.slice(0, maxQuotedLength)}…` : text;
  return `"${escapeControls(cut.replace(/["\\]/g, '\\$&'))}"`;
}
