import { parseEnv } from '#lib/config/env.ts';
import { serverEnv, stateEnv } from '#lib/config/variables.ts';
import { createStateStore } from '#lib/state/create-state-store.ts';
import type { StateStore } from '#lib/state/store.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

/** The store that these variables choose, as a function has it. */
export const openStore = (
  variables: Record<string, string>,
  telemetry = createRecordedTelemetry(),
): Promise<StateStore> =>
  createStateStore(parseEnv({ ...stateEnv, DATA_DIR: serverEnv.DATA_DIR }, variables), telemetry);

/** Waits as the clocks of real servers do. */
export const passTime = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
