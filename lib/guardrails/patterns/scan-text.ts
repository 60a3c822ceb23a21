import type { PatternScanner, ScanResult } from './pattern-scanner.ts';
import { noRune } from './place.ts';

/** What a scanner says of a text that is there as a whole. */
export function scanText(scanner: PatternScanner, text: string): ScanResult | undefined {
  for (const character of text) {
    const result = scanner.read(character.codePointAt(0) ?? noRune);
    if (result) return result;
  }
  return scanner.read(noRune);
}
