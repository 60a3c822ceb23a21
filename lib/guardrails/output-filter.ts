import type { PatternScanner, ScanResult } from './patterns/pattern-scanner.ts';
import { noRune } from './patterns/place.ts';
import type { NamedProgram } from './patterns/compile-patterns.ts';
import { ruleOf } from './patterns/rule-of.ts';

/** Lets a model's text through as it comes, up to what a policy blocks. */
export interface OutputFilter {
  /** What of the text so far can be shown; nothing from a match on. */
  push(text: string): string;
  /** What was held back. */
  end(): string;
  /** True once a match was found: the answer ends there. */
  readonly isBlocked: boolean;
}

/**
 * How much of a text is held back for what it may become. A match is a match at any length; of a longer
 * one the part before its last 512 characters has been shown, streamed or not.
 */
const maxHeld = 512;

export const openFilter: OutputFilter = { push: (text) => text, end: () => '', isBlocked: false };

const isInsidePair = (text: string, index: number): boolean =>
  /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text.slice(Math.max(0, index - 1), index + 1));

/** Reads character by character, so that no way of cutting the text changes what is shown of it. */
export function createOutputFilter(
  patterns: NamedProgram,
  scanner: PatternScanner,
  onBlocked: (rule: string) => void,
): OutputFilter {
  /** What was not shown yet, and where it begins in the whole text. */
  let held = '';
  let offset = 0;
  let read = 0;
  let isBlocked = false;

  function show(from: number): string {
    const cut = Math.max(from, read - maxHeld) - offset;
    const shown = held.slice(0, isInsidePair(held, cut) ? cut - 1 : cut);
    held = held.slice(shown.length);
    offset += shown.length;
    return shown;
  }

  function block(result: ScanResult): string {
    isBlocked = true;
    onBlocked(ruleOf(patterns, result));
    const shown = show(result.type === 'match' ? result.start : scanner.openFrom());
    held = '';
    return shown;
  }

  return {
    push(text) {
      if (isBlocked) return '';
      held += text;
      for (let index = read - offset; index < held.length; index = read - offset) {
        const rune = held.codePointAt(index) ?? noRune;
        // The other half of the character comes with the next piece.
        if (rune >= 0xd800 && rune <= 0xdbff && index === held.length - 1) break;
        const result = scanner.read(rune);
        if (result) return block(result);
        read += rune > 0xffff ? 2 : 1;
      }
      return show(scanner.openFrom());
    },
    end() {
      if (isBlocked) return '';
      const half = held.codePointAt(read - offset);
      let result = half === undefined ? undefined : scanner.read(half);
      if (!result) {
        read = offset + held.length;
        result = scanner.read(noRune);
      }
      return result ? block(result) : show(read);
    },
    get isBlocked() {
      return isBlocked;
    },
  };
}
