import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditSchema, createSqliteAuditStore } from '#lib/audit/store-sqlite.ts';
import { createAuditTrail } from '#lib/audit/create-audit-trail.ts';
import { createAuth } from '#lib/auth/create-auth.ts';
import { parseEnv } from '#lib/config/env.ts';
import { authEnv } from '#lib/config/variables.ts';
import { openDatabase } from '#lib/core/sqlite.ts';
import type { PlatformActor } from '#lib/tenancy/tenant-scope.ts';
import { createAuditWorld, platformAdmin } from '#tests/functions/audit/audit-world.ts';
import { testSecret } from '#tests/support/platform.ts';
import { calm } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

interface Outcome {
  code: number;
  output: string;
}

const prune = (directory: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['functions/operator/prune-audit.ts', ...args],
      {
        env: {
          PATH: process.env['PATH'],
          DATA_DIR: directory,
          JWT_SECRET: testSecret,
          LOG_LEVEL: 'error',
          ...env,
        },
      },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: withoutLog(stdout + stderr) }),
    );
  });

/** The trail's own lines are in the log of whoever writes to it. */
const withoutLog = (output: string): string => output.replaceAll(/^\{.*\n/gm, '');

/** The platform's chain with so many changes of one day each, from that day on, two events a day. */
async function writeDays(directory: string, from: string, days: number): Promise<void> {
  let at = Date.parse(`${from}T12:00:00.000Z`);
  const store = createSqliteAuditStore(openDatabase(join(directory, 'audit.sqlite'), auditSchema));
  const { signCheckpoint } = createAuth(parseEnv(authEnv, { JWT_SECRET: testSecret }), Date.now);
  const audit = createAuditTrail({ ...createRecordedTelemetry(), store, signCheckpoint, now: () => at });
  const origin = { requestId: 'request', ip: undefined, traceId: undefined };
  const actor: PlatformActor = { role: 'platform_admin', tenantId: undefined, userId: 'operator', origin };
  for (let day = 0; day < days; day += 1) {
    await audit.during(actor, { action: 'tenant.create', target: `tenant-${day}` }, async () => undefined, calm);
    at += 86_400_000;
  }
  await audit.close();
  await store.close();
}

test('what is old enough is dropped, an event tells of it, and the chain stays valid', async () => {
  const world = await createAuditWorld();
  await writeDays(world.directory, '2026-01-01', 10);
  const dry = await prune(world.directory, ['--before', '2026-01-06', '--dry-run']);
  expect(dry).toEqual({
    code: 0,
    output: '_platform  1-10  10 events\n10 events from before 2026-01-06 would be dropped\n',
  });
  expect((await world.list('?limit=1', platformAdmin)).events).toMatchObject([{ sequence: 1 }]);
  const done = await prune(world.directory, ['--before', '2026-01-06']);
  expect(done).toEqual({
    code: 0,
    output: '_platform  1-10  10 events\n10 events from before 2026-01-06 were dropped\n',
  });
  const { events } = await world.list('?limit=1000', platformAdmin);
  expect(events[0]).toMatchObject({ sequence: 11, timestamp: expect.stringContaining('2026-01-06') });
  expect(events.filter(({ action }) => action === 'audit.prune')).toMatchObject([
    { target: '1-10', outcome: 'begun', user_id: 'operator:audit-prune' },
    { target: '1-10', outcome: 'success' },
  ]);
  expect(await world.verify({}, platformAdmin)).toMatchObject({ valid: true });
  // The event that tells of it lies behind this.
  expect(await world.verify({ to: '2026-01-08' }, platformAdmin)).toMatchObject({ valid: true, events: 6 });
  world.tamper('DELETE FROM block WHERE first <= 12');
  expect(await world.verify({}, platformAdmin)).toMatchObject({ valid: false, first_break: 11 });
});

test('without a day it is what was kept for longer than AUDIT_RETENTION_DAYS', async () => {
  const world = await createAuditWorld();
  const from = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10);
  await writeDays(world.directory, from, 8);
  expect((await prune(world.directory, [])).output).toContain('0 events');
  const { code, output } = await prune(world.directory, [], { AUDIT_RETENTION_DAYS: '6' });
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('_platform  1-8  8 events') });
  expect(await world.verify({}, platformAdmin)).toMatchObject({ valid: true });
});

test('what is no call is explained, and what is missing is said in one line', async () => {
  const { directory } = await createAuditWorld();
  for (const args of [['--before', '2026-02-30'], ['--before', '2999-01-01'], ['all']]) {
    expect(await prune(directory, args)).toMatchObject({ code: 2, output: expect.stringContaining('Usage:') });
  }
  expect(await prune(directory, [], { SEARCH_ENGINE: 'opensearch' })).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^.*OPENSEARCH_URL must be set.*\n$/),
  });
});
