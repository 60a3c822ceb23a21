import { CallFailure } from './call-failure.ts';

/** Whose calls of a provider have failed since one succeeded. */
export interface FailingAccounts {
  /** The call, whose being late says something of the provider once two accounts have met with failures. */
  watch<T>(account: string, call: () => Promise<T>): () => Promise<T>;
}

/** One account alone may ask for what takes too long, and must not close the way to a provider for others. */
export function createFailingAccounts(): FailingAccounts {
  const failing = new Set<string>();

  function judge(account: string, error: unknown): unknown {
    if (!(error instanceof CallFailure)) return error;
    const { health } = error.facts;
    if (health !== 'late' && health !== 'unwell') return error;
    if (failing.size < 2) failing.add(account);
    if (health === 'unwell') return error;
    return new CallFailure(error.problem, { ...error.facts, health: failing.size > 1 ? 'unwell' : 'unknown' });
  }

  return {
    watch: (account, call) => async () => {
      try {
        const result = await call();
        failing.clear();
        return result;
      } catch (error) {
        throw judge(account, error);
      }
    },
  };
}
