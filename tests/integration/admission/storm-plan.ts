import type { ToReply } from '#tests/support/upstream.ts';
import { chanceOf } from './chance.ts';
import { promptOf } from './prompt-of.ts';

export const maxTokens = 40;

/** How the client of a call behaves, and what the model does for it. All of it follows from the call's name. */
interface Plan {
  isStream: boolean;
  chunks: number;
  /** Milliseconds after which the client leaves, if it does by the clock. */
  leavesAfter: number | undefined;
  /** Whether the model falls silent after its chunks, and the client leaves when it has read them. */
  stalls: boolean;
  isUsageTold: boolean;
  failsOnce: boolean;
}

export function toPlan(name: string): Plan {
  const chance = (of: string) => chanceOf(`${name} ${of}`);
  const isStream = chance('stream') < 0.5;
  const stalls = isStream && chance('stalls') < 0.25;
  const leaves = !stalls && chance('leaves') < 0.1;
  return {
    isStream,
    chunks: 5 + Math.floor(chance('chunks') * (maxTokens - 5)),
    leavesAfter: leaves ? chance('leaves after') * 2_000 : undefined,
    stalls,
    isUsageTold: chance('usage') < 0.5,
    failsOnce: chance('fails') < 0.02,
  };
}

/** The call's name is the first word of its prompt. */
export function createToReply(): ToReply {
  const failed = new Set<string>();
  return (body) => {
    const [name = ''] = promptOf({ body }).split(' ');
    const { chunks, stalls, isUsageTold, failsOnce } = toPlan(name);
    if (failsOnce && !failed.has(name)) {
      failed.add(name);
      return { chunks: [], fault: { kind: 'status', status: 500 } };
    }
    return {
      // Four characters are a token.
      chunks: Array.from({ length: chunks }, () => 'word'),
      delay: stalls ? 10 : 80,
      usage: isUsageTold ? 'counted' : undefined,
      ...(stalls ? { fault: { kind: 'stall' as const, after: chunks } } : {}),
    };
  };
}
