import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { DocumentIdSchema, DocumentInputSchema, toDocumentSource } from '#lib/documents/document.ts';

describe('an id', () => {
  test.each([
    'a',
    'Größe 1',
    'docs/2024/report.pdf',
    'a@b:c+d=e,f-g~h_i',
    '..a',
    'a..',
    'a/...',
    '日本',
    'x'.repeat(256),
  ])('%j is one', (id) => {
    expect(v.is(DocumentIdSchema, id)).toBe(true);
  });

  test.each(['', ' a', '/a', '.', '..', '../a', 'a/..', 'a/./b', 'a\nb', 'a\0', 'a#b', 'a?b', 'a\\b', 'x'.repeat(257)])(
    '%j is none',
    (id) => {
      expect(v.is(DocumentIdSchema, id)).toBe(false);
    },
  );
});

describe('content in base64', () => {
  test('of many megabytes is read', () => {
    const bytes = Buffer.alloc(20 * 1024 * 1024, 'text');
    const input = v.parse(DocumentInputSchema, { content: bytes.toString('base64') });
    expect(bytes.equals(Uint8Array.from(Buffer.from(toDocumentSource(input).content)))).toBe(true);
  });

  test.each(['YQ', 'YQ=', 'Y Q==', 'YQ==\n', 'Y-_=', 'ä', '===='])('%j is refused', (content) => {
    expect(v.is(DocumentInputSchema, { content })).toBe(false);
  });
});
