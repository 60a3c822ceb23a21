import * as v from 'valibot';
import { actionNames, actions, type ActionName } from './actions.ts';
import { toTag } from './canary.ts';
import type { Client } from './client.ts';
import { judge } from './judge.ts';
import type { LeakReport } from './leak-report.ts';
import { measure, type MetricEvents } from './metrics.ts';
import type { LoadPlan } from './plan.ts';
import { pick, type RandomInt } from './random.ts';
import { toSeat } from './seat.ts';

interface StepDeps {
  plan: LoadPlan;
  client: Client;
  randomInt: RandomInt;
  now: () => number;
  reportLeak: (leak: LeakReport) => void;
}

/** The part of Artillery's context that steps read and write. */
interface UserContext {
  vars: Record<string, unknown>;
}

const requestMilliseconds = 30_000;
const Mix = v.pipe(v.array(v.picklist(actionNames)), v.minLength(1));

/** Artillery hands a callback to any function that isn't `async`. */
export function createSteps({ plan, client, randomInt, now, reportLeak }: StepDeps) {
  const { seconds, quietSeconds, tenants } = plan;
  const isContested = tenants.some(({ isNoisy }) => isNoisy);
  let seats = 0;
  let startedAt: number | undefined;
  const elapsedSeconds = () => (now() - (startedAt ?? now())) / 1000;

  async function run(name: ActionName, { vars }: UserContext, events: MetricEvents): Promise<void> {
    const { tenant } = toSeat(plan, v.parse(v.number(), vars['seat']));
    const { id, tag, token, isNoisy } = tenant;
    const others = tenants.filter((other) => other.id !== id);
    const { call, isRight, isStream } = actions[name]({ tenant, others, randomInt });
    const isBeside = isContested ? elapsedSeconds() >= quietSeconds : undefined;
    const exchange = await client({ ...call, token }, AbortSignal.timeout(requestMilliseconds));
    const statuses = isNoisy ? [200, 429] : [200];
    const verdict = judge(exchange, { statuses, tag, ...(isRight && { isRight }), ...(isStream && { isStream }) });
    const endpoint = isNoisy ? `noisy_${name}` : name;
    measure(events, { endpoint, isNoisy, isBeside, exchange, verdict });
    for (const canary of verdict.leaks) {
      const owner = tenants.find((other) => other.tag === toTag(canary))?.id ?? 'unknown';
      const requestId = exchange.kind === 'answer' ? exchange.requestId : '';
      reportLeak({ endpoint, tenant: id, owner, requestId, canary });
    }
  }

  return {
    async takeSeat({ vars }: UserContext): Promise<void> {
      startedAt ??= now();
      vars['seat'] = seats;
      vars['delay'] = `${toSeat(plan, seats).delayMilliseconds}ms`;
      seats += 1;
    },

    /** One request, drawn from the scenario's mix. */
    async act(context: UserContext, events: MetricEvents): Promise<void> {
      await run(pick(v.parse(Mix, context.vars['mix']), randomInt), context, events);
    },

    stream: async (context: UserContext, events: MetricEvents): Promise<void> => run('stream', context, events),
    search: async (context: UserContext, events: MetricEvents): Promise<void> => run('search', context, events),

    hasTime: (_context: UserContext, done: (answer: boolean) => void): void => done(elapsedSeconds() < seconds),
  };
}
