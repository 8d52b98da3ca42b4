// Ids that tie an answer to its line in the log: unique over restarts, and cheap enough for every redirect.

import { base62Alphabet, randomText } from '../core/ids.ts';

const start = randomText(base62Alphabet, 10);
let count = 0;

export function nextRequestId(): string {
  return `req_${start}${(count++).toString(36)}`;
}
