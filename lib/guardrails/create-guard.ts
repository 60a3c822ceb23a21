import { ApiError, invalidRequest } from '#lib/core/api-error.ts';
import type { GuardrailVerdict } from '#lib/telemetry/metrics.ts';
import type { Guard } from './guard.ts';
import { findInjection } from './injection/find-injection.ts';
import { mapTexts, toInputTexts } from './input-text.ts';
import { createOutputFilter, openFilter } from './output-filter.ts';
import type { CompiledPatterns } from './patterns/compile-patterns.ts';
import { createPatternScanner, createScanBudget } from './patterns/pattern-scanner.ts';
import { ruleOf } from './patterns/rule-of.ts';
import { scanText } from './patterns/scan-text.ts';
import type { GuardrailPolicy } from './policy.ts';
import { redactText } from './redaction/redact-text.ts';

interface GuardDeps {
  /** Without one, retrieved text is labelled and nothing else is done. */
  policy: GuardrailPolicy | undefined;
  patterns: CompiledPatterns;
  record: (verdict: GuardrailVerdict, rule: string) => void;
}

export function createGuard({ policy, patterns: { input, output }, record }: GuardDeps): Guard {
  const maxCharacters = policy?.max_input_characters ?? Number.POSITIVE_INFINITY;
  const kinds = policy?.redact ?? [];
  const inputBudget = createScanBudget();
  const isLabelling = policy?.retrieved_instructions !== 'ignore';

  function isSuspect(text: string): boolean {
    const rule = isLabelling ? findInjection(text) : undefined;
    if (rule !== undefined) record('labelled', rule);
    return rule !== undefined;
  }

  const guard: Guard = {
    checkInput(texts) {
      if (texts.reduce((sum, { text }) => sum + text.length, 0) > maxCharacters) {
        record('too_long', 'max_input_characters');
        throw new ApiError('too_large', `The input has more than the ${maxCharacters} characters allowed`);
      }
      if (!input) return;
      for (const { path, text } of texts) {
        const result = scanText(createPatternScanner(input.program, inputBudget), text);
        if (!result) continue;
        const rule = ruleOf(input, result);
        record('blocked_input', rule);
        throw invalidRequest(path, `is blocked by the rule ${rule}`);
      }
    },
    redact(text) {
      if (kinds.length === 0) return text;
      const redacted = redactText(text, kinds);
      for (const kind of redacted.kinds) record('redacted', kind);
      return redacted.text;
    },
    guardMessages(path, messages) {
      guard.checkInput(toInputTexts(path, messages));
      return mapTexts(messages, guard.redact);
    },
    guardQuestion(question) {
      const texts = toInputTexts('conversation', question.conversation);
      guard.checkInput([{ path: 'question', text: question.question }, ...texts]);
      const conversation = mapTexts(question.conversation, guard.redact);
      return { ...question, question: guard.redact(question.question), conversation };
    },
    guardSource(source) {
      const title = guard.redact(source.title);
      return {
        ...source,
        title,
        text: guard.redact(source.text),
        isSuspect: isSuspect(`${source.title}\n${source.text}`),
      };
    },
    createOutputFilter: () =>
      output ? createOutputFilter(output, (rule) => record('blocked_output', rule)) : openFilter,
  };
  return guard;
}
