import * as v from 'valibot';

/** Kinds of text that can be kept from leaving. */
export const redactions = ['secret', 'email', 'phone', 'credit_card', 'iban', 'us_ssn'] as const;
export type Redaction = (typeof redactions)[number];

const BlockedPatternSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  /** In the syntax of RE2: matched in linear time, whatever a tenant writes. */
  pattern: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
  applies_to: v.optional(v.picklist(['input', 'output', 'both']), 'both'),
});

export type BlockedPattern = v.InferOutput<typeof BlockedPatternSchema>;

const hasUniqueNames = (patterns: BlockedPattern[]): boolean =>
  new Set(patterns.map(({ name }) => name)).size === patterns.length;

/** What a tenant allows into a prompt and out of a model. */
export const GuardrailPolicySchema = v.strictObject({
  max_input_characters: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
  blocked_patterns: v.optional(
    v.pipe(v.array(BlockedPatternSchema), v.maxLength(50), v.check(hasUniqueNames, 'must have different names')),
  ),
  redact: v.optional(v.pipe(v.array(v.picklist(redactions)), v.maxLength(redactions.length))),
  /** What happens to retrieved text that reads like an instruction to the model: it is labelled, or it is not looked for. */
  retrieved_instructions: v.optional(v.picklist(['label', 'ignore']), 'label'),
});

export type GuardrailPolicy = v.InferOutput<typeof GuardrailPolicySchema>;
