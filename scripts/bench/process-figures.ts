// What the operating system says about a process: processor time and memory, from /proc (Linux).

import { readFileSync } from 'node:fs';

// USER_HZ: what Linux counts in /proc, on every platform that Node runs on.
const ticksPerSecond = 100;

/** User and system time of all threads of the process so far, in microseconds; steps of 10 ms. */
export function processorMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

/** Resident memory (VmRSS) in megabytes of 1,000,000 bytes. */
export function residentMegabytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(match?.[1]) * 1024) / 1e6;
}
