import type { InjectionRule } from './rule.ts';

const near = String.raw`(?:[\s,:]+[^\s.!?]{1,20}){0,5}?[\s,:]+`;
const name = 'ignore-instructions';

/** "Ignore the instructions before" in languages whose speakers are many; accents are gone by then. */
export const otherLanguageRules: readonly InjectionRule[] = [
  // German.
  {
    name,
    pattern: new RegExp(
      String.raw`\b(?:ignoriere?|ignorieren sie|vergiss|vergessen sie|missachte|uberschreibe)\b${near}(?:anweisung|instruktion|regel|vorgabe|befehl|anleitung)`,
      'u',
    ),
  },
  { name: 'new-role', pattern: /\bdu bist (?:jetzt|nun|ab jetzt|ab sofort) (?:ein|kein|im|der|die|frei)/u },
  // French.
  {
    name,
    pattern: new RegExp(
      String.raw`\b(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) (?:pas|aucun) compte|neglige[zr]?) (?:bien )?(?:toutes )?(?:les|des|tes|vos|ces|mes|nos)${near}(?:instruction|consigne|regle|directive)s?`,
      'u',
    ),
  },
  { name: 'new-role', pattern: /\b(?:tu es|vous etes) (?:maintenant|desormais|a present) (?:un|le|la|en|libre)/u },
  // Spanish, Portuguese, Italian.
  {
    name,
    pattern: new RegExp(
      String.raw`\b(?:ignor[ae](?:d|n|te)?|olvid[ae]|descart[ae]|esquec[ae]|desconsider[ae]|dimentic[ah]|trascura)\b${near}(?:instruccion|instruc(?:oes|ao)|istruzion|indicacion|reglas|regras|regole|ordenes|ordens|directrices|diretrizes)`,
      'u',
    ),
  },
  {
    name: 'new-role',
    pattern: /\b(?:ahora eres|agora (?:voce e|es)|ora sei|adesso sei) (?:um|un|uma|una|libre|livre|libero)/u,
  },
  // Dutch, Polish.
  {
    name,
    pattern: new RegExp(
      String.raw`\b(?:negeer|vergeet|zignoruj|ignoruj|zapomnij)\b${near}(?:instructies|regels|opdrachten|instrukcj|polece|zasad)`,
      'u',
    ),
  },
  // Russian, Ukrainian.
  {
    name,
    pattern: new RegExp(
      String.raw`(?:игнорируи|проигнорируи|забудь|ігноруи|не следуи)(?:те)?${near}(?:инструкц|указани|правил|команд|інструкц|вказівк)`,
      'u',
    ),
  },
  // Chinese, Japanese, Korean.
  {
    name,
    pattern:
      /(?:忽略|无视|無視|忘记|忘記|不要遵守).{0,6}(?:以上|之前|先前|前面|上述|所有|你的|系统|系統).{0,12}(?:指令|指示|说明|說明|规则|規則|提示|要求)/u,
  },
  { name, pattern: /(?:以前|上記|これまて|前|すへて).{0,8}(?:指示|命令|ルール|フロンフト).{0,8}(?:無視|忘れ)/u },
  { name, pattern: /(?:이전|위의|앞의|모든|기존).{0,12}(?:지시|명령|지침|규칙|프롬프트).{0,8}(?:무시|잊)/u },
];
