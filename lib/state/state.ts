import type { AdmissionStore } from '#lib/admission/admission-store.ts';
import type { CorpusStore } from '#lib/cache/corpus-store.ts';
import type { UsageStore } from '#lib/usage/usage-store.ts';
import type { StateStore } from './store.ts';

/** Everything that all pods share, in one place. */
export interface State {
  store: StateStore;
  admission: AdmissionStore;
  usage: UsageStore;
  corpus: CorpusStore;
  /** The share of its memory that the store uses; `undefined` where it has no limit, or does not tell. */
  readMemory(signal: AbortSignal): Promise<number | undefined>;
  close(): Promise<void>;
}
