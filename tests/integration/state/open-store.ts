import { parseEnv } from '#lib/config/env.ts';
import { serverEnv, stateEnv } from '#lib/config/variables.ts';
import { createState } from '#lib/state/create-state.ts';
import type { State } from '#lib/state/state.ts';
import type { StateStore } from '#lib/state/store.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

/** More than a busy machine keeps a call waiting. */
const patience = { STATE_TIMEOUT_MILLISECONDS: '2000' };

/** The state that these variables choose, as a function has it, with more patience unless they say how much. */
export const openState = (variables: Record<string, string>, telemetry = createRecordedTelemetry()): Promise<State> =>
  createState(parseEnv({ ...stateEnv, DATA_DIR: serverEnv.DATA_DIR }, { ...patience, ...variables }), telemetry);

export async function openStore(
  variables: Record<string, string>,
  telemetry = createRecordedTelemetry(),
): Promise<StateStore> {
  const { store } = await openState(variables, telemetry);
  return store;
}

/** Waits as the clocks of real servers do. */
export const passTime = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
