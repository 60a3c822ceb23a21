import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, Call, Send } from './client.ts';

const passing = new Set([429, 502, 503, 504]);
const delays = [1_000, 2_000, 4_000];

/** Tries again what failed for a moment, such as a call of a function that was just started. */
export const createSendPatiently =
  (send: Send): Send =>
  async (call: Call, signal: AbortSignal): Promise<Answer> => {
    for (const delay of delays) {
      try {
        const answer = await send(call, signal);
        if (!passing.has(answer.status)) return answer;
      } catch {
        signal.throwIfAborted();
      }
      await wait(delay, undefined, { signal });
    }
    return send(call, signal);
  };
