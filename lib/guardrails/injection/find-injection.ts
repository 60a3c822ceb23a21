import { englishRules } from './english-rules.ts';
import { markupRules } from './markup-rules.ts';
import { normaliseText } from './normalise-text.ts';
import { otherLanguageRules } from './other-language-rules.ts';

const rules = [...markupRules, ...englishRules, ...otherLanguageRules];

/** Tag characters show nothing and spell anything; outside a flag they have no use. */
const hiddenText = /(?<!\u{1F3F4}[\u{E0000}-\u{E007F}]{0,8})[\u{E0000}-\u{E007F}]{2}/u;

/** The rule by which a text reads like an instruction to the model, if it does. A hint, not a proof. */
export function findInjection(text: string): string | undefined {
  if (hiddenText.test(text)) return 'hidden-text';
  const normal = normaliseText(text);
  return rules.find(({ pattern }) => pattern.test(normal))?.name;
}
