/** Milliseconds. Below what Knative grants a request: its 600 s less 30 s of draining and 15 s to spare. */
export const longestRequest = 555_000;

/** The end of the time that work may take at most. */
export interface TimeLimit {
  signal: AbortSignal;
  /** To be called once the work has ended, however it did. */
  clear(): void;
}

/** For work that mostly ends long before: `AbortSignal.timeout` would stay in memory, with all that waits for it, until then. */
export function createTimeLimit(milliseconds: number): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException('It has taken too long', 'TimeoutError')),
    milliseconds,
  );
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
