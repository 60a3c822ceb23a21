import { describeAbortPhases } from '#tests/contracts/abort-phases.ts';

describeAbortPhases('with state in a file', async () => ({}));
