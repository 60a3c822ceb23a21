/** Work that is done once for all who need it. */
export interface Once<Result> {
  /** Whoever comes meanwhile waits for the same run; where that failed the next caller tries again. */
  run(signal: AbortSignal): Promise<Result>;
  /** What is there, or comes to be; nothing where nobody has begun. */
  peek(): Promise<Result> | undefined;
  /** Has the next caller do it anew. */
  forget(): void;
}

export function createOnce<Result>(work: (signal: AbortSignal) => Promise<Result>): Once<Result> {
  let done: Promise<Result> | undefined;
  return {
    async run(signal) {
      const running = (done ??= work(signal));
      try {
        return await running;
      } catch (error) {
        if (done === running) done = undefined;
        throw error;
      }
    },
    peek: () => done,
    forget() {
      done = undefined;
    },
  };
}
