import type { InjectionRule } from './rule.ts';

const words = (least: number, most: number): string => String.raw`(?:[\s,:]+[^\s.!?]{1,20}){${least},${most}}?[\s,:]+`;
const guidance =
  '(?:instructions?|prompts?|rules|guidelines|directions|directives|commands|programming|guardrails|restrictions)';
const earlier =
  '(?:previous|prior|above|earlier|preceding|foregoing|original|initial|existing|system|your|all|any|every|these|those)';
const secretText =
  '(?:(?:system|hidden|initial|original|secret|developer) (?:prompt|instructions?|message)|your (?:[a-z]{1,12} )?(?:prompt|instructions|rules|guidelines))';
const confidential =
  "(?:(?:this|the|our|entire|full|whole) (?:conversation|chat)(?: history| log)?|chat history|system prompt|(?:user|customer)(?:'s)? (?:data|question|password|messages?|details|information)|api keys?|passwords?|credentials|access tokens?|secrets)";

export const englishRules: readonly InjectionRule[] = [
  {
    name: 'ignore-instructions',
    pattern: new RegExp(
      String.raw`(?<!\bnot |\bnever |n't )\b(?:ignore|disregard|forget|override|bypass|discard|neglect|(?:do not|don't|stop) (?:follow|following|obey|obeying)|pay no attention to)${words(0, 3)}${earlier}${words(0, 3)}${guidance}\b`,
      'u',
    ),
  },
  {
    name: 'forget-context',
    pattern:
      /\b(?:forget|ignore|disregard) (?:everything|anything|all) (?:(?:that )?(?:you|i|we|they)|above|before|previous|prior|said|written|the above|of the above)\b/u,
  },
  {
    name: 'new-role',
    pattern:
      /\byou are (?:now|from now on) (?:an? (?:[a-z-]{1,20} ){0,3}(?:ai|bot|chatbot|assistant|model|agent|hacker|pirate|expert|terminal|system|persona|character)|no longer|free (?:from|of)|acting|dan\b|unrestricted|in (?:[a-z]{1,15} )?mode|operating)|\b(?:from now on|henceforth),? (?:you|your) (?:are|will|must|should|shall|answers?|repl|respon)|\bpretend (?:to be|that you|you are|you have)\b.{0,60}\b(?:ai|assistant|model|rules|restrictions|restricted|filter|system|admin)|\b(?:act|behave|respond|answer|role-?play) as (?:if you (?:were|are|have)|though you|an? (?:unrestricted|unfiltered|uncensored|evil|jailbroken)|dan\b)|\byour (?:new|real|true|actual|only) (?:role|task|job|goal|objective|purpose|instructions?|persona|identity) (?:is|are)\b/u,
  },
  {
    name: 'override-mode',
    pattern:
      /\b(?:enter|enable|activate|switch (?:in)?to|you are in) (?:the )?(?:developer|dev|debug|god|admin|root|unrestricted|dan|jailbreak|maintenance|sudo) mode\b|\bsystem override\b|\bdo anything now\b|\bjailbreak(?:ed|ing)? (?:mode|prompt|yourself)|\b(?:new|updated|real|important) (?:system )?instructions? ?(?:for (?:you|the (?:ai|assistant|model)))? ?:|\boverride code\b/u,
  },
  {
    name: 'reveal-prompt',
    pattern: new RegExp(
      String.raw`\b(?:reveal|show|print|repeat|output|display|leak|disclose|expose|recite|translate|tell me|give me|write out|what (?:is|are|was|were))${words(0, 4)}${secretText}\b`,
      'u',
    ),
  },
  {
    name: 'send-away',
    pattern: new RegExp(
      String.raw`\b(?:send|post|forward|e-?mail|transmit|upload|exfiltrate|leak|append|include|embed|encode)${words(0, 4)}${confidential}\b[^\n]{0,80}?(?:https?:|\bto \S{0,40}[@.:/]\S|\burl\b|\bwebhook|\bendpoint|\bimage\b|\blink\b)`,
      'u',
    ),
  },
  { name: 'send-away', pattern: /!\[[^\]]{0,200}\]\(https?:[^)\s]{1,500}[?&/=](?:\{|<|\[|%7b|%5b|%3c|\$)/u },
  {
    name: 'addresses-model',
    pattern:
      /\b(?:attention|note|notice|message|instructions?|important|hello|hey|dear)[,:]? (?:(?:to|for) )?(?:the |any |all |every )?(?:ai|llm|large language|language|chat) ?(?:models?|assistants?|agents?|bots?|systems?|readers?)?s? ?[:,!-]|\bif you are an? (?:ai|llm|(?:large )?language model|chatbot|virtual assistant)|\bas an ai(?: language model| assistant)?,? you (?:must|should|will|have to|are)\b|\b(?:ai|llm) (?:assistants?|agents?|models?) (?:reading|processing|summari[sz]ing) this\b/u,
  },
  {
    name: 'hide-from-user',
    pattern:
      /\b(?:do not|don't|never|without) (?:tell|inform|mention|reveal|alert|notify|warn|show|say|telling|informing|mentioning|revealing|alerting|notifying|warning)(?: (?:this|it|that|anything|about this))?(?: to)? the (?:user|human|reader|person asking)\b/u,
  },
  {
    name: 'dictates-answer',
    pattern:
      /\bwhen(?:ever)? (?:asked|answering|you (?:answer|respond|reply|summari[sz]e)|summari[sz]ing|the user asks)\b[^\n.]{0,100}[,:] ?(?:always |only |you must |you should |please )?(?:say|answer|reply|respond|tell|state|claim|recommend|insist)\b|\b(?:respond|reply|answer) (?:only |just |always |exclusively ){1,2}(?:with|in|by)\b|\byour (?:next |entire |whole |final )?(?:answer|reply|response|output) (?:must|should|shall|has to) (?:be|begin|start|contain|include|end|only|always)\b/u,
  },
];
