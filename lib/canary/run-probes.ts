import type { Canary } from './canary.ts';
import type { Send } from './client.ts';
import { findLeak, showsOwn } from './find-leak.ts';
import type { Probe } from './probes.ts';

export interface ProbeResult {
  kind: string;
  outcome: 'held' | 'leak' | 'unproved';
  /** What happened, where it is not `held`. */
  detail: string;
}

interface Sides {
  own: Canary;
  other: Canary;
}

/** Without a real answer, or one that shows what it should, nothing is known of the wall. */
async function runProbe(send: Send, { own, other }: Sides, probe: Probe, signal: AbortSignal): Promise<ProbeResult> {
  const { kind, call, expects } = probe;
  const what = `as ${own.tenantId}, ${call.method} ${call.path}`;
  try {
    const answer = await send(call, signal);
    const { status } = answer;
    const isSuccess = status >= 200 && status < 300;
    if (findLeak(call, answer, other))
      return { kind, outcome: 'leak', detail: `${what} (${status}) shows what is ${other.tenantId}'s` };
    if (expects === 'refusal' && isSuccess)
      return {
        kind,
        outcome: 'leak',
        detail: `${what} (${status}) is not refused, and names what is ${other.tenantId}'s`,
      };
    if (status >= 500 || status === 429 || status === 401)
      return { kind, outcome: 'unproved', detail: `${what} was answered with ${status}` };
    if (expects === 'own' && !(isSuccess && showsOwn(answer, own)))
      return { kind, outcome: 'unproved', detail: `${what} (${status}) does not even show its own` };
    return { kind, outcome: 'held', detail: '' };
  } catch (error) {
    signal.throwIfAborted();
    return { kind, outcome: 'unproved', detail: `${what}: ${error instanceof Error ? error.message : 'no answer'}` };
  }
}

/** One after the other: the platform is somebody's to work with. */
export async function* runProbes(
  send: Send,
  sides: Sides,
  probes: readonly Probe[],
  signal: AbortSignal,
): AsyncGenerator<ProbeResult> {
  for (const probe of probes) yield await runProbe(send, sides, probe, signal);
}
