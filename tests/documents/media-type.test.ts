import { expect, test } from 'vitest';
import { resolveMediaType, toFormat } from '#lib/documents/media-type.ts';

test.each([
  ['application/pdf', undefined, 'application/pdf'],
  ['Text/Markdown; charset=utf-8', 'a.txt', 'text/markdown'],
  ['text/plain', 'NOTES.MD', 'text/markdown'],
  ['text/plain', 'notes.unknown', 'text/plain'],
  ['application/octet-stream', 'a.b.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['application/vnd.ms-excel', 'rows.csv', 'text/csv'],
  ['application/octet-stream', 'program.exe', 'application/octet-stream'],
  ['', 'x.constructor', 'text/plain'],
  ['image/png', 'really.txt', 'image/png'],
  [undefined, undefined, 'text/plain'],
])('%j with the name %j is %s', (declared, fileName, expected) => {
  expect(resolveMediaType(declared, fileName)).toBe(expected);
});

test.each(['image/png', 'constructor', '__proto__', 'toString', ''])('the type %j is not accepted', (type) => {
  expect(() => toFormat(type)).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }));
});
