export interface Budget {
  /** Aborts with the caller's reason, or with a `TimeoutError` when the time is over. */
  signal: AbortSignal;
  end(): void;
}

/**
 * The time that a call may take. When it is over, what has arrived by then is still taken in: a process
 * that was busy itself must not take its server for silent.
 */
export function createBudget(caller: AbortSignal, milliseconds: number): Budget {
  const controller = new AbortController();
  const leave = () => controller.abort(caller.reason);
  const expire = () => controller.abort(new DOMException('No answer in time', 'TimeoutError'));
  let turn: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    turn = setImmediate(expire);
  }, milliseconds);
  caller.addEventListener('abort', leave, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      clearImmediate(turn);
      caller.removeEventListener('abort', leave);
    },
  };
}
