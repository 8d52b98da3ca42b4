// Where the public statistics of a link are. Two segments, so that no slug can be in the way.

import type { Link } from './link.ts';

export function publicStatsPath({ publicId }: Pick<Link, 'publicId'>): string {
  return `/stats/${publicId}`;
}

/** The id in a path of this kind, or the long id (link-uid.ts) of a link; undefined for any other path. */
export function publicStatsIdIn(path: string): string | undefined {
  return /^\/stats\/(lnk_[0-9A-Za-z]{1,40}|[0-9a-z]{40})\/?$/.exec(path)?.[1];
}
