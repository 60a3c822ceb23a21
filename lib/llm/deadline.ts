/** A signal whose time limit can be set anew while work goes on. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Aborts after so many milliseconds from now, instead of what was set before. */
  extend(milliseconds: number): void;
  /** No time runs until it is resumed or extended. */
  pause(): void;
  /** What was left of the time runs on. */
  resume(): void;
  /** True when time ran out before `outer` aborted. */
  isOver(): boolean;
  /** No time runs any more, and `outer` is no longer heard. */
  clear(): void;
  /** Clears, and aborts what still goes on. */
  end(): void;
}

/** Must be cleared or ended: `outer` may live longer than what it is for. */
export function createDeadline(outer: AbortSignal): Deadline {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let firesAt = 0;
  let endsAt = 0;
  /** Milliseconds, while it is paused. */
  let left: number | undefined;
  let isOver = false;
  const leave = () => controller.abort(outer.reason);
  const expire = () => {
    timer = undefined;
    if (left !== undefined) return;
    const rest = endsAt - performance.now();
    if (rest > 0) return start(rest);
    isOver = true;
    controller.abort(new DOMException('Out of time', 'TimeoutError'));
  };
  const start = (milliseconds: number) => {
    firesAt = performance.now() + milliseconds;
    timer = setTimeout(expire, milliseconds);
  };
  const clear = () => {
    clearTimeout(timer);
    timer = undefined;
    outer.removeEventListener('abort', leave);
  };
  const extend = (milliseconds: number) => {
    left = undefined;
    endsAt = performance.now() + milliseconds;
    // With every token of a stream: a timer that comes too early finds that there is time left, and is started again.
    if (timer && firesAt <= endsAt) return;
    clearTimeout(timer);
    start(milliseconds);
  };
  if (outer.aborted) leave();
  else outer.addEventListener('abort', leave, { once: true });
  return {
    signal: controller.signal,
    extend,
    // The timer goes on, and finds that it is not wanted: it is likely to be started again with the next token.
    pause: () => void (left ??= Math.max(0, endsAt - performance.now())),
    resume() {
      if (left !== undefined) extend(left);
    },
    isOver: () => isOver && !outer.aborted,
    clear,
    end() {
      clear();
      controller.abort();
    },
  };
}
