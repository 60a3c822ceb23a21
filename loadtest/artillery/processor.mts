import { randomInt } from 'node:crypto';
import { createClient } from './client.ts';
import { createLeakReporter } from './leak-report.ts';
import { readPlan } from './plan.ts';
import { createSteps } from './steps.ts';

// Artillery bundles a processor named `.ts` into a folder beside it; this one is run by Node as it is.

const plan = readPlan();
const now = () => performance.now();

export const { takeSeat, act, stream, search, hasTime } = createSteps({
  plan,
  client: createClient({ url: plan.url, ingress: plan.ingress, now }),
  randomInt: (limit) => randomInt(limit),
  now,
  reportLeak: createLeakReporter(plan.leaksFile, (line) => void process.stderr.write(line)),
});
