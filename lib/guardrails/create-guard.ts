import { ApiError, invalidRequest } from '#lib/core/api-error.ts';
import type { GuardrailVerdict } from '#lib/telemetry/metrics.ts';
import type { Guard } from './guard.ts';
import { findInjection } from './injection/find-injection.ts';
import { createOutputFilter, openFilter } from './output-filter.ts';
import type { CompiledPatterns } from './patterns/compile-patterns.ts';
import { createPatternScanners, createScanBudget } from './patterns/pattern-scanner.ts';
import { ruleOf } from './patterns/rule-of.ts';
import { scanText } from './patterns/scan-text.ts';
import type { GuardrailPolicy } from './policy.ts';
import { promptTexts } from './prompt-texts.ts';
import { redactText } from './redaction/redact-text.ts';

/** Where the policy names no other: what is searched, is searched at one go. */
const maxSearched = 1_000_000;

interface GuardDeps {
  /** Without one, retrieved text is labelled and nothing else is done. */
  policy: GuardrailPolicy | undefined;
  patterns: CompiledPatterns;
  record: (verdict: GuardrailVerdict, rule: string) => void;
}

export function createGuard({ policy, patterns: { input, output }, record }: GuardDeps): Guard {
  const kinds = policy?.redact ?? [];
  const isSearched = kinds.length > 0 || input !== undefined;
  const maxCharacters = policy?.max_input_characters ?? (isSearched ? maxSearched : Number.POSITIVE_INFINITY);
  /** Of the request and of its answer together, all choices of it. */
  const budget = createScanBudget();
  const inputScanners = input && createPatternScanners(input.program, budget);
  const outputScanners = output && createPatternScanners(output.program, budget);
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
      if (!input || !inputScanners) return;
      for (const { path, text } of texts) {
        const result = scanText(inputScanners(), text);
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
    guardPrompt(prompt) {
      const found = [...promptTexts(prompt)];
      guard.checkInput(found.filter(({ isFile }) => !isFile));
      if (kinds.length === 0) return prompt;
      const file = found.find(({ isFile }) => isFile);
      if (file) throw invalidRequest(file.path, 'cannot be redacted: send the text of the file instead');
      const redacted = structuredClone(prompt);
      for (const { text, replace } of promptTexts(redacted)) replace(guard.redact(text));
      return redacted;
    },
    guardQuestion(asked) {
      const { question, conversation } = asked;
      const turns = conversation.map(({ content }, index) => ({
        path: `conversation.${index}.content`,
        text: content,
      }));
      guard.checkInput([{ path: 'question', text: question }, ...turns]);
      return {
        ...asked,
        question: guard.redact(question),
        conversation: conversation.map((turn) => ({ ...turn, content: guard.redact(turn.content) })),
      };
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
      output && outputScanners
        ? createOutputFilter(output, outputScanners(), (rule) => record('blocked_output', rule))
        : openFilter,
  };
  return guard;
}
