/**
 * Runs all of them at once, each with a signal that aborts as soon as one fails, and waits until every
 * one has ended: nothing of them goes on after it. Throws the first failure.
 */
export async function together<Results extends unknown[]>(
  signal: AbortSignal,
  ...works: { [Index in keyof Results]: (signal: AbortSignal) => Promise<Results[Index]> }
): Promise<Results> {
  const failed = new AbortController();
  const inner = AbortSignal.any([signal, failed.signal]);
  const running = works.map(async (work) => {
    try {
      return await work(inner);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(running);
  signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as Results;
}
