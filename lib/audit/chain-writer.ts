import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { AuditBlock, AuditStore, StoredHead } from './audit-store.ts';
import type { SignCheckpoint } from './checkpoint.ts';
import type { Appended } from './head-memory.ts';
import { countFitting, toBlock, toHead } from './to-block.ts';
import type { WaitingEvent } from './waiting-event.ts';

/** Appends to one chain: one block after the other, each of what has come in meanwhile. */
export interface ChainWriter {
  add(event: WaitingEvent): void;
  /** Until all is written or the signal aborts; gives how many events are left. */
  drain(signal: AbortSignal): Promise<number>;
}

export interface ChainWriterOptions {
  chain: string;
  /** As far as it is known here; another process may have gone on. */
  head: StoredHead | undefined;
  store: Pick<AuditStore, 'append' | 'findHead'>;
  signCheckpoint: SignCheckpoint | undefined;
  /** Longest that one block may take. */
  writeMilliseconds: number;
  onAppended: (appended: Appended) => void;
  /** So many events were written, or need not be any more. */
  onDone: (count: number) => void;
  /** `failures` of them without a success between. */
  onFailed: (error: unknown, failures: number) => void;
  /** Nothing waits any more. */
  onIdle: (head: StoredHead | undefined) => void;
}

/** How long, and how many, events may wait that nobody waits for. */
const holdMilliseconds = 500;
const holdCount = 100;
const retryMilliseconds = { first: 250, last: 5_000 };
const conflictMilliseconds = 20;
/** Whoever has just written knows the chain's end before all others do, and would be first again and again. */
const sharedBlocks = 100;
/** Others are first so often in a row only where something is wrong with what is stored. */
const maxConflicts = 100;
const drainMilliseconds = 50;

export function createChainWriter(options: ChainWriterOptions): ChainWriter {
  const { chain, store, signCheckpoint, writeMilliseconds, onAppended, onDone, onFailed, onIdle } = options;
  let { head } = options;
  let isHeadKnown = head !== undefined;
  let queue: WaitingEvent[] = [];
  /** A block that may have been written: it is sent as it is until the store says whether it was. */
  let sent: { block: AuditBlock; waiting: readonly WaitingEvent[] } | undefined;
  let failures = 0;
  let conflicts = 0;
  /** Blocks for which others are let in between. */
  let shared = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function dropUnwanted(): void {
    const wanted = queue.filter((event) => event.isWanted());
    onDone(queue.length - wanted.length);
    queue = wanted;
  }

  async function nextBlock(signal: AbortSignal): Promise<typeof sent> {
    if (!isHeadKnown) head = await store.findHead(chain, head, signal);
    isHeadKnown = true;
    dropUnwanted();
    const waiting = queue.slice(0, countFitting(queue));
    if (waiting.length === 0) return undefined;
    const block = await toBlock(chain, head, waiting, signCheckpoint);
    queue = queue.slice(waiting.length);
    return { block, waiting };
  }

  /** Writes one block, unless another process was first: then the chain is looked at again. */
  async function writeBlock(): Promise<void> {
    const signal = AbortSignal.timeout(writeMilliseconds);
    sent ??= await nextBlock(signal);
    if (!sent) return;
    const isWritten = await store.append(sent.block, signal);
    const { block, waiting } = sent;
    sent = undefined;
    isHeadKnown = isWritten;
    conflicts = isWritten ? 0 : conflicts + 1;
    shared = isWritten ? Math.max(0, shared - 1) : sharedBlocks;
    if (isWritten) {
      const before = head;
      head = toHead(block.events, head);
      if (head) onAppended({ before, head });
      onDone(waiting.length);
      for (const [index, { onWritten }] of waiting.entries()) onWritten(block.events[index]?.sequence ?? 0);
      if (shared > 0) await wait(Math.random() * conflictMilliseconds);
    } else {
      queue = [...waiting, ...queue];
      if (conflicts % maxConflicts === 0) throw new Error('The chain has no end that could be followed');
      await wait(Math.random() * conflictMilliseconds);
    }
  }

  function postpone(error: unknown): void {
    failures += 1;
    onFailed(error, failures);
    for (const event of [...(sent?.waiting ?? []), ...queue]) event.onFailed(error);
    dropUnwanted();
  }

  const isEmpty = () => !sent && queue.length === 0;
  const isDue = () => sent !== undefined || queue.length >= holdCount || queue.some(({ isUrgent }) => isUrgent);

  async function writeWhatIsDue(): Promise<void> {
    // Events of the same moment go into one block.
    await Promise.resolve();
    try {
      do {
        await writeBlock();
        failures = 0;
      } while (isDue());
    } catch (error) {
      postpone(error);
    }
    running = undefined;
    if (isEmpty()) onIdle(head);
    else writeIn(failures > 0 ? backOff() : holdMilliseconds);
  }

  function backOff(): number {
    const longest = Math.min(retryMilliseconds.first * 2 ** (failures - 1), retryMilliseconds.last);
    return longest * (0.5 + Math.random() / 2);
  }

  function writeNow(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    running ??= writeWhatIsDue();
    return running;
  }

  function writeIn(milliseconds: number): void {
    timer ??= setTimeout(() => void writeNow(), milliseconds).unref();
  }

  return {
    add(event) {
      queue.push(event);
      if (running) return;
      // Also while the store is away: whoever waits is told whether it is back.
      if (event.isUrgent || (failures === 0 && queue.length >= holdCount)) void writeNow();
      else writeIn(holdMilliseconds);
    },
    async drain(signal) {
      const aborted = once(signal, 'abort');
      while (!isEmpty() && !signal.aborted) {
        await Promise.race([writeNow(), aborted]);
        if (!isEmpty() && failures > 0) await wait(drainMilliseconds);
      }
      clearTimeout(timer);
      return queue.length + (sent?.waiting.length ?? 0);
    },
  };
}
