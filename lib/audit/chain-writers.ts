import { LRUCache } from 'lru-cache';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { AuditStore, StoredHead } from './audit-store.ts';
import { createChainWriter, type ChainWriter } from './chain-writer.ts';
import type { SignCheckpoint } from './checkpoint.ts';
import type { HeadMemory } from './head-memory.ts';
import { createLossReport } from './loss-report.ts';
import type { WaitingEvent } from './waiting-event.ts';

/** Appends to all chains, each by a writer of its own. */
export interface ChainWriters {
  add(chain: string, event: WaitingEvent): void;
  /** As `add`, unless so many events wait that there is no room, or this is over: then this one is lost. */
  addWhereRoom(chain: string, event: WaitingEvent): void;
  /** Writes what waits, for so long at most; what can't be written is lost. */
  close(milliseconds: number): Promise<void>;
  /** For a process that ends at once: what waits is lost, what is being written may be. */
  giveUp(): void;
}

export interface ChainWritersDeps {
  store: Pick<AuditStore, 'append' | 'findHead'>;
  signCheckpoint: SignCheckpoint | undefined;
  /** Who has none leaves it to whoever appends next. */
  headMemory?: Pick<HeadMemory, 'note' | 'close'>;
  logger: Logger;
  metrics: Pick<Metrics, 'pendingAuditEvents' | 'lostAuditEvents' | 'auditAppendFailure'>;
  writeMilliseconds: number;
  maxWaiting?: number;
}

const maxWaitingDefault = 10_000;
/**
 * Of chains that nothing is written to now: what is not known is looked up. What is older could be of an event that was
 * pruned, behind which a block would find room again.
 */
const maxHeads = 1_000;
const headMilliseconds = 5 * 60_000;

export function createChainWriters(deps: ChainWritersDeps): ChainWriters {
  const {
    store,
    signCheckpoint,
    headMemory,
    logger,
    metrics,
    writeMilliseconds,
    maxWaiting = maxWaitingDefault,
  } = deps;
  const heads = new LRUCache<string, StoredHead>({ max: maxHeads, ttl: headMilliseconds });
  const writers = new Map<string, ChainWriter>();
  const losses = createLossReport({ logger, metrics });
  let waiting = 0;
  let isClosed = false;
  let isTold = false;

  function count(change: number): void {
    waiting += change;
    metrics.pendingAuditEvents(waiting);
  }

  function createWriter(chain: string): ChainWriter {
    return createChainWriter({
      chain,
      head: heads.get(chain),
      store,
      signCheckpoint,
      writeMilliseconds,
      onAppended: (appended) => headMemory?.note(chain, appended),
      onDone: (done) => count(-done),
      onFailed(error, failures) {
        metrics.auditAppendFailure();
        if (failures === 1) logger.warn({ event: 'audit_append_failed', error });
      },
      onIdle(head) {
        if (head) heads.set(chain, head);
        writers.delete(chain);
      },
    });
  }

  function add(chain: string, event: WaitingEvent): void {
    const writer = writers.get(chain) ?? createWriter(chain);
    writers.set(chain, writer);
    count(1);
    writer.add(event);
  }

  function tellOfLost(events: number): void {
    if (isTold) return;
    isTold = true;
    losses.report(events);
    losses.close();
  }

  return {
    add,
    addWhereRoom(chain, event) {
      if (!isClosed && waiting < maxWaiting) add(chain, event);
      else losses.report(1);
    },
    async close(milliseconds) {
      isClosed = true;
      const signal = AbortSignal.timeout(milliseconds);
      const left = await Promise.all([...writers.values()].map((writer) => writer.drain(signal)));
      tellOfLost(left.reduce((sum, some) => sum + some, 0));
      await headMemory?.close();
    },
    giveUp: () => tellOfLost(waiting),
  };
}
