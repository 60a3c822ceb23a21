/** Whole ones: a number with a fraction is an object of its own, to be fetched with each token. */
const nowInMilliseconds = (): number => Math.round(performance.now());

/** A signal whose time limit can be set anew while work goes on. Must be cleared or ended: `outer` may live longer. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = 0;
  #endsAt = 0;
  /** Milliseconds, while it is paused. */
  #left: number | undefined;
  #isOver = false;

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    if (outer.aborted) this.#leave();
    else outer.addEventListener('abort', this.#leave, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when time ran out before `outer` aborted. */
  get isOver(): boolean {
    return this.#isOver && !this.#outer.aborted;
  }

  /** Aborts after so many milliseconds from now, instead of what was set before. */
  extend(milliseconds: number): void {
    this.#left = undefined;
    this.#endsAt = nowInMilliseconds() + milliseconds;
    // With every token of a stream: a timer that comes too early finds that there is time left, and is started again.
    if (this.#timer && this.#firesAt <= this.#endsAt) return;
    clearTimeout(this.#timer);
    this.#start(milliseconds);
  }

  /** No time runs until it is resumed or extended. */
  pause(): void {
    // The timer goes on, and finds that it is not wanted: it is likely to be started again with the next token.
    this.#left ??= Math.max(0, this.#endsAt - nowInMilliseconds());
  }

  /** What was left of the time runs on. */
  resume(): void {
    if (this.#left !== undefined) this.extend(this.#left);
  }

  /** No time runs any more, and `outer` is no longer heard. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#outer.removeEventListener('abort', this.#leave);
  }

  /** Clears, and aborts what still goes on. */
  end(): void {
    this.clear();
    this.#controller.abort();
  }

  readonly #leave = (): void => this.#controller.abort(this.#outer.reason);

  #start(milliseconds: number): void {
    this.#firesAt = nowInMilliseconds() + milliseconds;
    this.#timer = setTimeout(() => this.#expire(), milliseconds);
  }

  #expire(): void {
    this.#timer = undefined;
    if (this.#left !== undefined) return;
    const rest = this.#endsAt - nowInMilliseconds();
    if (rest > 0) return this.#start(rest);
    this.#isOver = true;
    this.#controller.abort(new DOMException('Out of time', 'TimeoutError'));
  }
}
