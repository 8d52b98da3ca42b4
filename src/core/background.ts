// Threads whose work nobody waits for: on a machine with few cores they must not take processor time from redirects.

import { constants, setPriority } from 'node:os';

/** Lets every other thread go before the calling one. Only on Linux, where 0 means the thread; elsewhere it means the whole process. */
export function yieldToOthers(): void {
  lower(constants.priority.PRIORITY_LOW);
}

/** The same for work that must not fall behind for ever: it keeps a tenth of what a thread gets on a machine that is always busy. */
export function yieldMostly(): void {
  lower(constants.priority.PRIORITY_BELOW_NORMAL);
}

function lower(priority: number): void {
  if (process.platform === 'linux') setPriority(0, priority);
}
