import * as v from 'valibot';
import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Canary } from './canary.ts';
import type { Answer, Send } from './client.ts';
import type { Credentials, TenantCredential } from './credentials.ts';
import { createPlant, markPrefix } from './plant.ts';
import { alarmingKinds, toProbes, type Cursors } from './probes.ts';
import { runProbes, type ProbeResult } from './run-probes.ts';

interface LeakCanaryDeps {
  send: Send;
  credentials: Credentials;
  host: string;
  now: Clock;
  randomHex: () => string;
  logger: Pick<Logger, 'error'>;
  /** Leaves out what the platform alerts on. */
  isSilent?: boolean;
}

/** Plants documents for two tenants, and looks for each by the other's credentials. Removes them whatever happens. */
export type LeakCanary = (signal: AbortSignal) => AsyncGenerator<ProbeResult>;

const tenants = ['leak-canary-a', 'leak-canary-b'] as const;
const cleanUpMilliseconds = 60_000;
const Page = v.object({ next_cursor: v.optional(v.string()) });

function readCursor({ body }: Answer): string | undefined {
  const page = v.safeParse(v.pipe(v.string(), v.parseJson(), Page), body);
  return page.success ? page.output.next_cursor : undefined;
}

export function createLeakCanary(deps: LeakCanaryDeps): LeakCanary {
  const { send, credentials, host, now, randomHex, logger, isSilent = false } = deps;
  const { ensureTenant, plant, remove } = createPlant({ send, now });

  async function open(tenantId: string, signal: AbortSignal): Promise<Canary & TenantCredential> {
    await ensureTenant(credentials.admin, tenantId, signal);
    const credential = await credentials.openTenant(tenantId, signal);
    return { tenantId, secret: `c0de${randomHex()}`, mark: `${markPrefix}${randomHex()}`, ...credential };
  }

  async function findCursors({ token }: Canary, word: string, signal: AbortSignal): Promise<Cursors> {
    const json = { query: word, limit: 1 };
    const search = await send({ method: 'POST', path: '/v1/search', token, json }, signal);
    const list = await send({ method: 'GET', path: '/v1/documents?limit=1', token }, signal);
    return { search: readCursor(search), list: readCursor(list) };
  }

  function report({ kind, outcome }: ProbeResult, own: Canary): void {
    if (outcome === 'leak')
      logger.error({ event: 'cross_tenant', kind: 'canary', probe: kind, tenant_id: own.tenantId });
  }

  async function* probe(own: Canary, other: Canary, word: string, signal: AbortSignal): AsyncGenerator<ProbeResult> {
    const cursors = await findCursors(other, word, signal);
    for (const [name, cursor] of Object.entries(cursors)) {
      const detail = `${other.tenantId} has no cursor of its ${name}`;
      if (cursor === undefined) yield { kind: 'other’s cursor', outcome: 'unproved', detail };
    }
    const probes = toProbes({ own, other, cursors, word, host }).filter(
      ({ kind }) => !isSilent || !alarmingKinds.has(kind),
    );
    for await (const result of runProbes(send, { own, other }, probes, signal)) {
      report(result, own);
      yield result;
    }
  }

  return async function* run(signal) {
    const word = `probe${randomHex()}`;
    const sides: (Canary & TenantCredential)[] = [];
    try {
      const a = await open(tenants[0], signal);
      sides.push(a);
      const b = await open(tenants[1], signal);
      sides.push(b);
      for (const side of sides) await plant(side, word, signal);
      yield* probe(a, b, word, signal);
      yield* probe(b, a, word, signal);
    } finally {
      const until = AbortSignal.timeout(cleanUpMilliseconds);
      const cleaned = await Promise.allSettled(
        sides.map(async (side) => {
          await remove(side, word, until);
          await side.revoke(until);
        }),
      );
      for (const result of cleaned)
        if (result.status === 'rejected')
          yield { kind: 'clean-up', outcome: 'unproved', detail: String(result.reason) };
    }
  };
}
