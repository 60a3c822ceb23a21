import type { RE2Set } from 're2js';

/** A step of a compiled pattern: go on elsewhere at once, if the place is right; read a character; or a rule has matched. */
export type Instruction =
  | { readonly type: 'go'; readonly to: readonly number[]; readonly place: number }
  | { readonly type: 'read'; readonly accepts: (rune: number) => boolean; readonly to: number }
  | { readonly type: 'match'; readonly rule: number };

type FirstInstruction = Exclude<Instruction, { type: 'go' }>;

/** Several patterns as one machine. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
}

interface CompiledInstruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  matchRune(rune: number): boolean;
}

function toInstruction(compiled: CompiledInstruction): Instruction {
  const { op, out, arg } = compiled;
  // The numbers are RE2's own: `Inst` in RE2JS.
  switch (op) {
    case 1:
    case 2:
      return { type: 'go', to: [out, arg], place: 0 };
    case 3:
    case 7:
      return { type: 'go', to: [out], place: 0 };
    case 4:
      return { type: 'go', to: [out], place: arg };
    case 5:
      return { type: 'go', to: [], place: 0 };
    case 6:
      return { type: 'match', rule: arg };
    case 8:
    case 9:
      return { type: 'read', accepts: (rune) => compiled.matchRune(rune), to: out };
    case 10:
      return { type: 'read', accepts: () => true, to: out };
    case 11:
      return { type: 'read', accepts: (rune) => rune !== 10, to: out };
    default:
      throw new Error(`RE2JS has an instruction ${op} that is not known here`);
  }
}

/** The machine that RE2JS has made of a set of patterns. */
export function toProgram(set: RE2Set): Program {
  set.compile();
  const compiled: readonly CompiledInstruction[] = set.prog.inst;
  return { instructions: compiled.map(toInstruction), start: set.prog.start };
}

/** What can come first: the characters that are read and the rules that match no text at all. */
export function firstOf({ instructions, start }: Program): FirstInstruction[] {
  const first: FirstInstruction[] = [];
  const seen = new Set<number>();
  const open = [start];
  for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
    const instruction = instructions[pc];
    if (!instruction || seen.has(pc)) continue;
    seen.add(pc);
    if (instruction.type === 'go') open.push(...instruction.to);
    else first.push(instruction);
  }
  return first;
}
