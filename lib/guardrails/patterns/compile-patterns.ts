import type { BlockedPattern } from '../policy.ts';
import { toProgram, type Program } from './program.ts';

/** Patterns ready for use, and the names of their rules by number. */
export interface NamedProgram {
  names: readonly string[];
  program: Program;
}

/** A policy's blocked patterns by the side they apply to. */
export interface CompiledPatterns {
  input: NamedProgram | undefined;
  output: NamedProgram | undefined;
}

export const noPatterns: CompiledPatterns = { input: undefined, output: undefined };

/** The library is loaded with the first policy that needs it. */
export async function compilePatterns(patterns: readonly BlockedPattern[]): Promise<CompiledPatterns> {
  const { RE2Set } = await import('re2js');
  const compile = (chosen: readonly BlockedPattern[]): NamedProgram | undefined => {
    const set = new RE2Set();
    for (const { pattern } of chosen) set.add(pattern);
    return chosen.length === 0 ? undefined : { names: chosen.map(({ name }) => name), program: toProgram(set) };
  };
  return {
    input: compile(patterns.filter(({ applies_to: side }) => side !== 'output')),
    output: compile(patterns.filter(({ applies_to: side }) => side !== 'input')),
  };
}
