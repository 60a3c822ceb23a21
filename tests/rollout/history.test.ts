import { expect, test } from 'vitest';
import { findReplaced, readRejected, recordPromotion, recordRejection } from '#lib/rollout/history.ts';

const toName = (index: number) => `query-${String(index).padStart(5, '0')}`;

/** The annotations after all these revisions were rejected, one after the other. */
function rejectAll(names: readonly string[]): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const name of names) {
    for (const [key, text] of Object.entries(recordRejection({ annotations }, name))) annotations[key] = text ?? '';
  }
  return annotations;
}

test('the newest twenty rejected revisions are known, each once', () => {
  const names = Array.from({ length: 25 }, (_, index) => toName(index + 1));
  const annotations = rejectAll([...names, toName(20)]);
  expect(readRejected({ annotations })).toEqual([...names.slice(5, 19), ...names.slice(20), toName(20)]);
});

test('a promoted revision is no longer a rejected one, and an empty list does not stay', () => {
  const annotations = rejectAll([toName(2)]);
  expect(recordPromotion({ annotations }, toName(2), toName(1))).toEqual({
    'rollout.genai-platform/previous': '{"promoted":"query-00002","replaced":"query-00001"}',
    'rollout.genai-platform/rejected': null,
  });
});

test.each(['', 'query-00001', '{"promoted":"query-00002"}', '["../x"]'])('%j counts as nothing', (text) => {
  const annotations = { 'rollout.genai-platform/previous': text, 'rollout.genai-platform/rejected': text };
  expect(findReplaced({ annotations }, 'query-00002')).toBeUndefined();
  expect(readRejected({ annotations })).toEqual([]);
});
