/** A signal whose time limit can be set anew while work goes on. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Aborts after so many milliseconds from now, instead of what was set before. */
  extend(milliseconds: number): void;
  /** True when time ran out before `outer` aborted. */
  isOver(): boolean;
  clear(): void;
}

export function createDeadline(outer: AbortSignal): Deadline {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    extend(milliseconds) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new DOMException('Out of time', 'TimeoutError')), milliseconds);
    },
    isOver: () => controller.signal.aborted && !outer.aborted,
    clear: () => clearTimeout(timer),
  };
}
