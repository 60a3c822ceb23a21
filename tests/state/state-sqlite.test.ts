import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import {
  createAccount,
  createClaim,
  findLeft,
  hard,
  readLedger,
  settlementOf,
  wordOf,
} from '#tests/contracts/admission-store-claims.ts';
import type { StateUnderTest } from '#tests/contracts/state-under-test.ts';
import { describeAgainstModel } from '#tests/contracts/admission-store-model.ts';
import { describePeriods } from '#tests/contracts/admission-store-periods.ts';
import { describeSettling } from '#tests/contracts/admission-store-settling.ts';
import { describeRateWindows } from '#tests/contracts/admission-store-windows.ts';
import { describeAdmissionBudgets } from '#tests/contracts/admission-store-budgets.ts';
import { describeAdmissionStore } from '#tests/contracts/admission-store.ts';
import { describeCorpusStore } from '#tests/contracts/corpus-store.ts';
import { describeUsageStore } from '#tests/contracts/usage-store.ts';
import { calm } from '#tests/support/scope.ts';

async function open(): Promise<StateUnderTest> {
  let time = Date.now();
  const now = () => time;
  return {
    state: createSqliteState(':memory:', now),
    now,
    async pass(milliseconds) {
      time += milliseconds;
    },
  };
}

const suites = [
  describeAdmissionStore,
  describeAdmissionBudgets,
  describeSettling,
  describePeriods,
  describeRateWindows,
  describeUsageStore,
  describeCorpusStore,
];
for (const describeStore of suites) describeStore('sqlite', open);
describeAgainstModel('sqlite', 200, open);

test('limits, leases, budgets and the ledger are there after a restart, and shared by two processes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'genai-state-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'state.db');
  const account = createAccount();
  const limits = { requestsPerMinute: 3, concurrentRequests: 2 };
  const create = () => createClaim({ limits, budgets: [hard(1_000)] });
  const [settled, pending] = [create(), create()];
  const [first, second] = [createSqliteState(file), createSqliteState(file)];
  await first.admission.admit(account, settled, calm);
  await second.admission.settle(account, settlementOf(settled, 30), calm);
  await second.admission.admit(account, pending, calm);
  await Promise.all([first.close(), second.close()]);

  const third = createSqliteState(file);
  expect(await readLedger(third, account)).toHaveLength(1);
  expect(await findLeft(third, account, hard(1_000))).toBe(870);
  expect(wordOf(await third.admission.admit(account, create(), calm))).toBe('admitted');
  expect(wordOf(await third.admission.admit(account, create(), calm))).toBe('requests');
  await third.close();
});

test('whoever asks all the time gets 99 % of the limit at least, minute after minute', async () => {
  const { state, pass } = await open();
  onTestFinished(() => state.close());
  const account = createAccount();
  const minutes = 10;
  let admitted = 0;
  for (let time = 0; time < minutes * 60_000; time += 100) {
    const claim = createClaim({ limits: { requestsPerMinute: 200 }, ttlMilliseconds: 1_000 });
    const { isAdmitted } = await state.admission.admit(account, claim, calm);
    if (isAdmitted) await state.admission.settle(account, settlementOf(claim, 0), calm);
    admitted += isAdmitted ? 1 : 0;
    await pass(100);
  }
  expect(admitted).toBeGreaterThanOrEqual(minutes * 200 * 0.99);
  expect(admitted).toBeLessThanOrEqual(minutes * 200);
});
