import { createChainCheck, type ChainChecks, type ChainCounts, type ChainFault } from './chain-check.ts';

export interface ChainVerdict extends ChainCounts {
  /** The first place at which the chain is not what it was. `line` is from 1, of all that was read. */
  firstBreak: (ChainFault & { line: number }) | undefined;
}

/** Reads no further than to the first break, in constant memory. */
export async function verifyChain(lines: AsyncIterable<unknown>, checks: ChainChecks): Promise<ChainVerdict> {
  const { counts, take, findBeginFault, findEndFault } = createChainCheck(checks);
  let line = 0;
  for await (const text of lines) {
    line += 1;
    const fault = await take(text);
    if (fault) return { ...counts, firstBreak: { line, ...fault } };
  }
  const begin = findBeginFault();
  if (begin) return { ...counts, firstBreak: { line: 1, ...begin } };
  const end = findEndFault();
  return { ...counts, firstBreak: end && { line: line + 1, ...end } };
}
