import { onTestFinished, test } from 'vitest';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { createSqliteEngine } from '#lib/retrieval/engine-sqlite.ts';

import { temporaryDirectory } from '#tests/support/process.ts';
import { raceAnswers } from '#tests/cache/race-answers.ts';

test('no answer is older than the last change of a document that has returned', { timeout: 120_000 }, async () => {
  const engine = createSqliteEngine({ directory: temporaryDirectory() });
  onTestFinished(() => engine.close());
  const state = createSqliteState(':memory:');
  onTestFinished(() => state.close());
  await raceAnswers({ pods: [{ ...state, engine }], rounds: 1_000, tenant: 'acme' });
});
