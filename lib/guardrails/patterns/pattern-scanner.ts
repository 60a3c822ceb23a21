import { noRune, placeBetween } from './place.ts';
import type { Program } from './program.ts';

/** `start` is where a match begins; `exhausted`: the patterns cost more than they may. */
export type ScanResult = { type: 'match'; rule: number; start: number } | { type: 'exhausted' };

/**
 * Looks for patterns in a text that comes piece by piece. RE2JS tells whether a text has a match, not
 * whether its end could still become one: that takes a walk of its machine, all its ways at once.
 */
export interface PatternScanner {
  /** Reads the next character, `noRune` at the end. Tells of the match that ends before it, the one that begins first. */
  read(rune: number): ScanResult | undefined;
  /** From where on the text read so far could still become part of a match. */
  openFrom(): number;
}

/** Steps of the machine that are left; several texts may share them. */
export interface ScanBudget {
  steps: number;
}

/** Some tenths of a second: five steps for each character of the longest input. */
export const createScanBudget = (): ScanBudget => ({ steps: 5_000_000 });

/** What is remembered of beginnings, in numbers. */
const maxRemembered = 200_000;

/** Makes scanners for the texts of one request. What one has found out of how matches begin, the others know. */
export function createPatternScanners(
  { instructions, start: entry }: Program,
  budget: ScanBudget,
): () => PatternScanner {
  const seen = new Uint32Array(instructions.length);
  /** Where a match that begins with a character at a place goes on: most characters begin none. */
  const begins = new Map<number, readonly number[]>();
  let remembered = 0;
  let round = 0;

  /** Follows one way over the character at hand, or to the rule that has matched. */
  function follow(from: number, rune: number, place: number): { next: number[]; rule: number | undefined } {
    const next: number[] = [];
    const open = [from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const instruction = instructions[at];
      // Who came first has begun first: a second way to the same instruction adds nothing.
      budget.steps -= 1;
      if (!instruction || seen[at] === round) continue;
      seen[at] = round;
      if (instruction.type === 'match') return { next, rule: instruction.rule };
      if (instruction.type === 'read') {
        if (rune !== noRune && instruction.accepts(rune)) next.push(instruction.to);
      } else if ((instruction.place & ~place) === 0) {
        open.push(...instruction.to);
      }
    }
    return { next, rule: undefined };
  }

  function begin(rune: number, place: number): readonly number[] {
    const key = (rune + 1) * 64 + place;
    const known = begins.get(key);
    if (known) return known;
    round += 1;
    const { next } = follow(entry, rune, place);
    remembered += 1 + next.length;
    if (remembered <= maxRemembered) begins.set(key, next);
    return next;
  }

  return function createPatternScanner() {
    let before = noRune;
    let position = 0;
    /** Where the ways that are open have begun, by the instruction that each is at; the earliest first. */
    let ways: { at: number; start: number }[] = [];

    return {
      read(rune) {
        const place = placeBetween(before, rune);
        const next: typeof ways = [];
        const fresh = begin(rune, place);
        round += 1;
        for (const { at, start } of ways) {
          const followed = follow(at, rune, place);
          if (followed.rule !== undefined) return { type: 'match', rule: followed.rule, start };
          for (const to of followed.next) next.push({ at: to, start });
        }
        for (const to of fresh) next.push({ at: to, start: position });
        ways = next;
        if (budget.steps < 0) return { type: 'exhausted' };
        before = rune;
        position += rune > 0xffff ? 2 : 1;
        return undefined;
      },
      openFrom: () => ways[0]?.start ?? position,
    };
  };
}
