import type { LoadPlan, LoadTenant } from './plan.ts';
import { pick } from './random.ts';

export interface Seat {
  tenant: LoadTenant;
  /** How long the user waits before its first request. */
  delayMilliseconds: number;
}

/** Where the n-th virtual user sits: the quiet tenants share them, unless a noisy one takes all but one each. */
export function toSeat({ tenants, quietSeconds }: LoadPlan, index: number): Seat {
  const quiet = tenants.filter(({ isNoisy }) => !isNoisy);
  const noisy = tenants.find(({ isNoisy }) => isNoisy);
  if (noisy && index >= quiet.length) return { tenant: noisy, delayMilliseconds: quietSeconds * 1000 };
  return { tenant: pick(quiet, () => index % quiet.length), delayMilliseconds: 0 };
}
