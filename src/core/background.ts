// Threads whose work nobody waits for: on a machine with few cores they must not take processor time from redirects.

import { constants, setPriority } from 'node:os';

/**
 * Lets other threads go before the calling one: by far, or, for work that has to come to an end on a busy machine too, by a factor of ten
 * in processor time. Only on Linux, where 0 means the thread; elsewhere it means the whole process.
 */
export function yieldToOthers(by: 'far' | 'some' = 'far'): void {
  const { PRIORITY_LOW, PRIORITY_BELOW_NORMAL } = constants.priority;
  if (process.platform === 'linux') setPriority(0, by === 'far' ? PRIORITY_LOW : PRIORITY_BELOW_NORMAL);
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
