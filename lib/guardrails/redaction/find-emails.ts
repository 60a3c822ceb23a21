import type { FindSpans } from './span.ts';

/** The sign comes first, for there are few of them: what stands before it is looked at from there, backwards. */
const address =
  /@(?<=((?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_][\p{L}\p{N}._%+'-]{0,63})@)(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}])/gu;

export const findEmails: FindSpans = function* findEmails(text) {
  for (const { 0: domain, 1: name = '', index } of text.matchAll(address))
    yield { start: index - name.length, end: index + domain.length };
};
