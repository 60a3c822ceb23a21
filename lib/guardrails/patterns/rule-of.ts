import type { NamedProgram } from './compile-patterns.ts';
import type { ScanResult } from './pattern-scanner.ts';

/** The rule's name; what can't be checked to its end counts as blocked, under the name of them all. */
export const ruleOf = ({ names }: NamedProgram, result: ScanResult): string =>
  (result.type === 'match' ? names[result.rule] : undefined) ?? 'blocked_patterns';
