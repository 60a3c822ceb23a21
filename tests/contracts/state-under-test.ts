import { afterAll, beforeAll, expect } from 'vitest';
import type { State } from '#lib/state/state.ts';

export interface StateUnderTest {
  state: State;
  /** Moves the store's clock on, or waits where it can't be moved. */
  pass(milliseconds: number): Promise<void>;
  /** What the store's clock shows. */
  now(): number;
}

/** Opens a state before the tests of a block, and closes it after them. */
export function useState(open: () => Promise<StateUnderTest>): StateUnderTest {
  let opened: StateUnderTest | undefined;
  const under = () => opened ?? expect.fail('The state is not open yet');
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.state.close());
  return {
    get state() {
      return under().state;
    },
    pass: (milliseconds) => under().pass(milliseconds),
    now: () => under().now(),
  };
}
