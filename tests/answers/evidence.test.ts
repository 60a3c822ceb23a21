import { expect, test } from 'vitest';
import { hasEvidence } from '#lib/answers/evidence.ts';
import type { Hit } from '#lib/retrieval/engine.ts';

const hit = (text: string, similarity?: number): Hit => ({
  tenantId: 'acme',
  documentId: 'd',
  title: '',
  mediaType: 'text/plain',
  metadata: {},
  chunk: 0,
  start: 0,
  end: text.length,
  text,
  score: 1,
  clauses: {},
  similarity,
});

test.each([
  ['How long do refunds take?', 'Refunds are paid within five days.'],
  ['When was the tower built?', 'The tower was built in 1931.'],
  ['what does it cost', 'Delivery costs 5 euros.'],
  ['Does shipping to Norway take long?', 'We ship to Norway within a week.'],
  ['Was ist die Lieferzeit?', 'Die Lieferzeit ist drei Tage.'],
])('%s is answered by: %s', (question, text) => {
  expect(hasEvidence(question, [hit(text)])).toBe(true);
});

test.each([
  ['What is the capital of Mongolia?', 'Capital expenditure rose last year.'],
  ['Who won the match in 1986?', 'The match is played every year.'],
  ['How do I configure Kubernetes ingress?', 'Refunds are paid within five days.'],
])('%s is not answered by: %s', (question, text) => {
  expect(hasEvidence(question, [hit(text)])).toBe(false);
});

test('nothing found is no evidence, a near vector is, a far one is not', () => {
  expect(hasEvidence('anything?', [])).toBe(false);
  expect(hasEvidence('How do I get my money back?', [hit('Refunds are paid out.', 0.6)])).toBe(true);
  expect(hasEvidence('How do I get my money back?', [hit('Refunds are paid out.', 0.2)])).toBe(false);
});
