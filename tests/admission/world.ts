import { onTestFinished } from 'vitest';
import type { Ticket } from '#lib/admission/admission.ts';
import { createAdmission } from '#lib/admission/create-admission.ts';
import type { Budget } from '#lib/tenancy/tenant.ts';
import { createUsageMeter, type MeteredCall } from '#lib/usage/usage-meter.ts';
import { createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { createFakeStore } from './fake-store.ts';

export const ticket: Ticket = {
  functionName: 'chat',
  callId: undefined,
  demand: {
    tokens: 500,
    nanodollars: 9_000,
    model: { provider: 'p', model: 'm', kind: 'chat', price_version: '1' },
  },
};

export const spent: MeteredCall = {
  provider: 'p',
  model: 'm',
  kind: 'chat',
  price_version: '1',
  input_tokens: 10,
  cached_input_tokens: 0,
  output_tokens: 5,
  nanodollars: 25,
  estimated: false,
  own_key: false,
  outcome: 'success',
};

export const hard: Budget = { dollars: 1, period: 'month', hard: true };

/** An admission over a store that answers as it is told. */
export function open({ maxInFlight = 10, estimates = { search: 0, podSecond: 0 } } = {}) {
  const store = createFakeStore();
  const telemetry = createRecordedTelemetry();
  let ids = 0;
  const clock = { now: 0 };
  const admission = createAdmission({
    store,
    ...telemetry,
    now: () => Date.parse('2026-11-26T12:00:00Z'),
    monotonic: () => clock.now,
    randomId: () => `id-${(ids += 1)}`,
    maxInFlight,
    maxProcesses: 20,
    estimates,
  });
  onTestFinished(() => admission.close());
  const scope = (budget?: Budget) =>
    createScope('acme', { usage: createUsageMeter(), budgets: { tenant: budget, key: undefined } });
  return { ...admission, ...telemetry, store, scope, clock };
}
