import { readFileSync } from 'node:fs';

/** Of a second, as Linux counts a process's time. */
const ticks = 100;

/** Seconds of a processor that the process has had so far. Linux alone tells. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Its name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** KiB of memory that the process has now. */
export const residentKibibytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
