import { expect, onTestFinished, test, vi } from 'vitest';
import { createSettlements } from '#lib/admission/settlements.ts';
import type { Settlement } from '#lib/admission/admission-store.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { away } from './fake-store.ts';

const account = (tenantId: string) => ({ tenantId, incarnation: 'account' });
const toSettlement = (callId: string): Settlement => ({
  leaseId: undefined,
  callId,
  tokens: 0,
  budgets: [],
  entries: [],
});

/** A store that fails as it is told, by the call's id. */
function open({ maxKept = 100 } = {}) {
  const failures = new Map<string, Error>();
  const state = { isAway: true };
  const written: string[] = [];
  const telemetry = createRecordedTelemetry();
  const store = {
    async settle(_account: unknown, { callId }: Settlement) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (state.isAway) throw away();
      const failure = failures.get(callId);
      if (failure) throw failure;
      written.push(callId);
    },
  };
  const settlements = createSettlements({ store, ...telemetry, maxKept });
  onTestFinished(() => settlements.close(0));
  return { ...settlements, ...telemetry, failures, state, written };
}

test('one that can not be written holds up none of the others', async () => {
  const { settle, state, failures, written } = open();
  failures.set('stuck', away());
  await Promise.all(['stuck', 'a', 'b', 'c'].map((id) => settle(account(id), toSettlement(id))));
  state.isAway = false;
  await vi.waitFor(() => expect(written.toSorted()).toEqual(['a', 'b', 'c']), 3_000);
  failures.clear();
  await vi.waitFor(() => expect(written).toContain('stuck'), 3_000);
});

test('one that the store finds fault with is given up, and stands in the log', async () => {
  const { settle, state, failures, logged, isFull } = open({ maxKept: 1 });
  failures.set('faulty', new Error('ERR wrong'));
  state.isAway = false;
  await settle(account('a'), toSettlement('faulty'));
  expect(isFull()).toBe(true);
  const lost = () => logged.filter(({ event }) => event === 'settlement_lost');
  await vi.waitFor(() => expect(lost()).toMatchObject([{ call_id: 'faulty' }]), 5_000);
  expect(isFull()).toBe(false);
});

test('an end in the middle of a round loses none and writes none twice', async () => {
  const { settle, state, written, close } = open();
  const ids = Array.from({ length: 50 }, (_, index) => `call-${index}`);
  await Promise.all(ids.map((id) => settle(account('a'), toSettlement(id))));
  state.isAway = false;
  await vi.waitFor(() => expect(written.length).toBeGreaterThan(0), 3_000);
  await close(5_000);
  expect(written.toSorted()).toEqual(ids.toSorted());
});
