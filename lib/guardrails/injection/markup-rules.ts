import type { InjectionRule } from './rule.ts';

/** What pretends to be a conversation's own markup, or the end of the fence around a source. */
export const markupRules: readonly InjectionRule[] = [
  {
    name: 'chat-template',
    pattern:
      /<\|(?:im_(?:start|end|sep)|system|user|assistant|endof(?:text|prompt)|begin_of_text|(?:start|end)_header_id|eot_id|eom_id|end_of_turn|start|message|channel|end)\|>|\[\/?(?:inst|system_prompt|available_tools)\]|<<\/?sys>>|<\/?(?:start|end)_of_turn>|<\/?(?:system|assistant)(?:[_-](?:prompt|message|instructions?))?>|^#{2,4} ?(?:system|assistant|instructions?)(?: prompt)? ?:|^(?:\W{0,3})(?:system|assistant) ?(?:prompt|message|instructions?)? ?: ?(?:you|your|ignore|from now|new)\b|\n(?:human|user) ?:[^\n]{0,300}\n(?:assistant|ai) ?:/mu,
  },
  {
    name: 'fence',
    pattern:
      /<\/?source-[a-z0-9]|<\/(?:context|sources?|documents?|untrusted|quote[sd]?|data|retrieved)>\s{0,3}(?:[^<]{0,40}\b(?:you|your|now|instructions?|system|user|question)\b)|[-=#*]{3} ?(?:end|begin|start) of (?:the )?(?:source|document|context|data|input|user input|prompt|instructions?|system)/u,
  },
];
