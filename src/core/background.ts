// Threads whose work nobody waits for: on a machine with few cores they must not take processor time from redirects.

import { constants, setPriority } from 'node:os';

/** Lets every other thread go before the calling one. Only on Linux, where 0 means the thread; elsewhere it means the whole process. */
export function yieldToOthers(): void {
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_LOW);
}

/**
 * Lets others go before that process, which still gets a tenth of a processor that never rests: it holds on to something until it has
 * ended. Nothing where it has ended already.
 */
export function holdBack(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR')) throw error;
  }
}
