import { expect, test } from 'vitest';
import { worstCase } from '#lib/llm/worst-case.ts';
import { createRun, createTarget, useProviders } from './world.ts';

const providers = useProviders();
const run = createRun(providers);

test('a model that is too late is charged for its prompt, one that has failed is not', async () => {
  const targets = [createTarget('late', providers.upstream), createTarget('fine', providers.other)] satisfies [
    unknown,
    unknown,
  ];
  providers.upstream.reply({ chunks: [], fault: { kind: 'silence' } });
  providers.other.reply({ chunks: ['fine'], usage: 'counted' });
  const late = run({ targets, firstToken: 80 });
  await Array.fromAsync(late.parts);
  expect(late.scope.usage.calls).toMatchObject([
    { model: 'late', outcome: 'failed', estimated: true, input_tokens: 11, output_tokens: 0 },
    { model: 'fine', outcome: 'success', estimated: false },
  ]);

  providers.upstream.reply({ chunks: [], fault: { kind: 'status', status: 400 } });
  const failed = run({ firstToken: 80 });
  await expect(Array.fromAsync(failed.parts)).rejects.toThrow();
  expect(failed.scope.usage.calls).toMatchObject([{ outcome: 'failed', estimated: false, nanodollars: 0 }]);
});

test('what is reserved is enough for the prompts of models that are too late, and the answer of the last one', () => {
  const { model } = createTarget('any', providers.upstream);
  const size = { bytes: 1_000, images: 0, maxOutputTokens: 10, choices: 1 };
  const alone = worstCase([model], size, 0).nanodollars;
  const prompt = worstCase([model], { ...size, maxOutputTokens: 0 }, 0).nanodollars;
  expect(worstCase([model, model, model], size, 0).nanodollars).toBe(2 * prompt + alone);
});
