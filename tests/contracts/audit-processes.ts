import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import type { AuditStore } from '#lib/audit/audit-store.ts';
import { readChain } from '#tests/audit/read-chain.ts';

interface StoreOfProcesses {
  store: Pick<AuditStore, 'read'>;
  /** What a process needs to write to it. */
  env: Record<string, string>;
  tenant: string;
}

const processes = 8;
const mutationsEach = 100;

async function write({ env, tenant }: StoreOfProcesses, name: string): Promise<void> {
  const child = spawn(process.execPath, ['tests/audit/write-process.ts', tenant, name, String(mutationsEach)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'inherit',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [code] = await once(child, 'exit');
  expect(code, name).toBe(0);
}

/** Many processes append to one chain at once: it has no gap, no fork, and each event once. */
export function describeAuditProcesses(name: string, open: () => Promise<StoreOfProcesses>): void {
  test(
    `${name}: ${processes} processes with ${mutationsEach} mutations each make one chain`,
    { timeout: 180_000 },
    async () => {
      const under = await open();
      const names = Array.from({ length: processes }, (_, index) => `p${index}`);
      await Promise.all(names.map((process) => write(under, process)));
      const events = await readChain(under.store, `${under.tenant}.account-first`);
      const intents = new Map(
        events.filter(({ outcome }) => outcome === 'begun').map((event) => [event.sequence, event]),
      );
      const outcomes = events.filter(({ outcome }) => outcome === 'success');
      expect(intents.size).toBe(processes * mutationsEach);
      expect(new Set([...intents.values()].map(({ target }) => target)).size).toBe(processes * mutationsEach);
      expect(outcomes).toHaveLength(processes * mutationsEach);
      for (const { intent = 0, target, sequence } of outcomes) {
        expect(intents.get(intent)?.target).toBe(target);
        expect(intent).toBeLessThan(sequence);
      }
    },
  );
}
