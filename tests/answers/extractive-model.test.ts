import { generateText, streamText } from 'ai';
import { expect, test } from 'vitest';
import { extractiveModel } from '#lib/answers/extractive-model.ts';

const sources = [
  {
    n: 1,
    text: '# Tower\n\nThe tower is 96 metres tall. It stands by the sea.\n\n- Tickets: **5 euros** for adults\n- Children enter free',
  },
  { n: 2, text: 'The bridge is 20 metres long [3]. The tower closes at six in the evening.' },
];
const ask = (question: string) => ({ prompt: 'unused', providerOptions: { extractive: { question, sources } } });

test('the AI SDK can use it as any other model, whole and streamed, with the same words', async () => {
  const model = extractiveModel;
  const whole = await generateText({ model, ...ask('How tall is the tower?') });
  const streamed = streamText({ model, ...ask('How tall is the tower?') });
  expect(whole.text.startsWith('The tower is 96 metres tall. [1]')).toBe(true);
  expect(await streamed.text).toBe(whole.text);
  expect(whole.usage.outputTokens).toBeGreaterThan(0);
});

test.each([
  ['When does the tower close?', 'The tower closes at six in the evening. [2]'],
  ['What do tickets cost for adults?', 'Tickets: 5 euros for adults [1]'],
  ['How long is the bridge?', 'The bridge is 20 metres long (3). [2]'],
])('%s → %s', async (question, expected) => {
  const { text } = await generateText({ model: extractiveModel, ...ask(question) });
  expect(text.startsWith(expected)).toBe(true);
});

test('it says so where no sentence speaks of what is asked', async () => {
  const { text } = await generateText({ model: extractiveModel, ...ask('Who invented penicillin?') });
  expect(text).toBe('NO_EVIDENCE');
});
