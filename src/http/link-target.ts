// The request target of a short link, taken apart: path, query, and the `+` that asks for a preview.

export interface LinkTarget {
  /** After its first `/`, as node:http hands it over, without the `+`. */
  readonly path: string;
  /** Without its `?`. */
  readonly query: string;
  /** Whether the path ended in `+`. No slug does, so nothing else can be meant. */
  readonly isPreview: boolean;
}

const previewMark = /(?:\+|%2B)\/?$/i;

export function parseTarget(url: string): LinkTarget {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url.slice(1) : url.slice(1, mark);
  const plus = previewMark.exec(path);
  return {
    path: plus === null ? path : path.slice(0, plus.index),
    query: mark === -1 ? '' : url.slice(mark + 1),
    isPreview: plus !== null,
  };
}
