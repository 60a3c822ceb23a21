import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { PlatformActor } from '#lib/tenancy/tenant-scope.ts';
import type { AuditStore, DroppableEvents } from './audit-store.ts';
import type { AuditTrail } from './audit-trail.ts';
import { pruneAction, toPruneTarget } from './prune-target.ts';
import { platformChain } from './to-pending-event.ts';

interface PruneDeps {
  store: Pick<AuditStore, 'findDroppable' | 'drop'>;
  audit: Pick<AuditTrail, 'during'>;
  actor: PlatformActor;
}

const chainsAtOnce = 100;

/** No tenant id has a dot, so what `toRefText` made of an account can be taken apart. */
function toAccount(chain: string): TenantRef | undefined {
  if (chain === platformChain) return undefined;
  const dot = chain.indexOf('.');
  return { tenantId: chain.slice(0, dot), incarnation: chain.slice(dot + 1) };
}

async function* everyDroppable(
  store: PruneDeps['store'],
  before: string,
  signal: AbortSignal,
): AsyncGenerator<DroppableEvents> {
  let after = '';
  for (;;) {
    const page = await store.findDroppable(before, { after, limit: chainsAtOnce }, signal);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < chainsAtOnce) return;
    after = last.chain;
  }
}

/**
 * Drops blocks whose last event is older from all chains, those of deleted tenants too. Which events go is written to the
 * chain before they do: without that a chain that begins late is no valid one.
 */
export const createPruneTrail = ({ store, audit, actor }: PruneDeps) =>
  async function* pruneTrail(
    { before, isDryRun }: { before: string; isDryRun: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<DroppableEvents> {
    for await (const droppable of everyDroppable(store, before, signal)) {
      const { chain, first, last } = droppable;
      const account = toAccount(chain);
      const change = { action: pruneAction, target: toPruneTarget(first, last), ...(account ? { account } : {}) };
      if (!isDryRun) await audit.during(actor, change, (until) => store.drop(chain, last, until), signal);
      yield droppable;
    }
  };
