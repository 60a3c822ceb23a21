import * as fc from 'fast-check';

const piece = fc.oneof(
  fc.constantFrom(' ', '\n', '\r\n', '\n\n', '\r\n\r\n', '\t', '\u00a0', '\u3000', '\u2028'),
  fc.constantFrom(
    '# Heading\n',
    '## 😀\r\n',
    '```\n',
    '~~~\n',
    '---\n',
    '===\n',
    '- item\n',
    '| a | b |\n',
    '<p>',
    '</b>',
  ),
  fc.constantFrom('word', 'A sentence. ', 'Eine Frage? ', '世界は広い。', 'ไม่มีช่องว่าง', '👨‍👩‍👧‍👦', 'e\u0301', '\u202e', '𝒳'),
  fc.integer({ min: 1_990, max: 4_010 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 990, max: 2_010 }).map((length) => '😀'.repeat(length)),
  fc.integer({ min: 500, max: 2_500 }).map((length) => '世界。'.repeat(length)),
  fc.integer({ min: 1, max: 300 }).map((length) => 'Some words here. '.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Text as it may come, and worse: pairs of surrogates, every kind of break, words beyond any length. */
export const textOfAllKinds: fc.Arbitrary<string> = fc.array(piece, { maxLength: 25 }).map((pieces) =>
  pieces
    .join('')
    .replaceAll('\0', '')
    .replace(/^\ufeff+/, ''),
);
