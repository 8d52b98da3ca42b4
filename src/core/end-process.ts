// Ends the process in the middle of what it does, for certain.

import type { ExitCode } from './exit.ts';
import { endWorkers } from './worker-threads.ts';

/** Threads end within a few milliseconds, but for one that waits for a disk. */
export const threadsEndMs = 150;

/**
 * Ends the process with the code, or, where a thread waits for a disk that hangs, with SIGKILL: `process.exit` waits for every
 * thread, and so for that disk. Until then the main thread goes on with what it does.
 * @param graceMs how long threads may take to end
 */
export async function endProcess(exitCode: ExitCode, graceMs = threadsEndMs): Promise<void> {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs);
  await endWorkers();
  process.exit(exitCode);
}
