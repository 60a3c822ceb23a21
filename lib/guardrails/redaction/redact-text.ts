import type { Redaction } from '../policy.ts';
import { findCardNumbers } from './find-card-numbers.ts';
import { findEmails } from './find-emails.ts';
import { findIbans } from './find-ibans.ts';
import { findPhoneNumbers } from './find-phone-numbers.ts';
import { findSecrets } from './find-secrets.ts';
import { findSocialSecurityNumbers } from './find-social-security-numbers.ts';
import type { FindSpans, Span } from './span.ts';

/** Of two that begin at the same place the first of this list gives its name. */
const finders: readonly (readonly [kind: Redaction, find: FindSpans])[] = [
  ['secret', findSecrets],
  ['credit_card', findCardNumbers],
  ['iban', findIbans],
  ['us_ssn', findSocialSecurityNumbers],
  ['email', findEmails],
  ['phone', findPhoneNumbers],
];

interface Redacted {
  text: string;
  kinds: ReadonlySet<Redaction>;
}

type KnownSpan = Span & { kind: Redaction };

/** What overlaps goes together, under the kind of what begins first. */
function merge(spans: readonly KnownSpan[]): KnownSpan[] {
  const merged: KnownSpan[] = [];
  for (const span of spans.toSorted((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}

/** The text with `[REDACTED_<KIND>]` where something of these kinds stood. */
export function redactText(text: string, kinds: readonly Redaction[]): Redacted {
  const found = finders
    .filter(([kind]) => kinds.includes(kind))
    .flatMap(([kind, find]) => Array.from(find(text), (span) => ({ ...span, kind })));
  let redacted = '';
  let last = 0;
  const spans = merge(found);
  for (const { start, end, kind } of spans) {
    redacted += `${text.slice(last, start)}[REDACTED_${kind.toUpperCase()}]`;
    last = end;
  }
  return { text: redacted + text.slice(last), kinds: new Set(spans.map(({ kind }) => kind)) };
}
