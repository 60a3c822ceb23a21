import { CallFailure, healthOf } from './call-failure.ts';

/** Whose calls of a provider have failed since one succeeded. */
export interface FailingAccounts {
  /** The call, whose failure says something of the provider once two accounts have met with failures. */
  watch<T>(account: string, call: () => Promise<T>): () => Promise<T>;
  forget(): void;
}

/** One account alone may ask for what makes a provider fail, and must not close the way to it for others. */
export function createFailingAccounts(): FailingAccounts {
  const failing = new Set<string>();

  function judge(account: string, error: unknown): unknown {
    const health = healthOf(error);
    if (health !== 'unwell' && health !== 'unreachable') return error;
    if (failing.size < 2) failing.add(account);
    if (health === 'unreachable' || failing.size > 1 || !(error instanceof CallFailure)) return error;
    return new CallFailure(error.problem, { ...error.facts, health: 'unwell_alone' });
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
    forget: () => failing.clear(),
  };
}
