/** Work that is done once for all who need it. */
export interface Once {
  /** Whoever comes meanwhile waits for the same run; where that failed the next caller tries again. */
  run(signal: AbortSignal): Promise<void>;
  /** Has the next caller do it anew. */
  forget(): void;
}

export function createOnce(work: (signal: AbortSignal) => Promise<void>): Once {
  let done: Promise<void> | undefined;
  return {
    async run(signal) {
      const running = (done ??= work(signal));
      try {
        await running;
      } catch (error) {
        if (done === running) done = undefined;
        throw error;
      }
    },
    forget() {
      done = undefined;
    },
  };
}
