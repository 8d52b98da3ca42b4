// The path of a request as it was sent: neither decoded nor normalised, so that everybody who decides by it sees the same.

import type { IncomingMessage } from 'node:http';

/** Without the query. */
export function pathOf({ url }: IncomingMessage): string {
  return (url ?? '/').split('?', 1)[0] as string;
}
