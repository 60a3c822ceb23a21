import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactions, type Redaction } from '#lib/guardrails/policy.ts';
import { redactText } from '#lib/guardrails/redaction/redact-text.ts';

const redact = (text: string, kinds: readonly Redaction[] = redactions): string => redactText(text, kinds).text;

/** Joined here, so that no scanner takes an example for a leak. */
const join = (...parts: string[]): string => parts.join('');

const secrets = [
  join('AKIA', 'IOSFODNN7EXAMPLE'),
  join('ghp_', 'a1B2'.repeat(9)),
  join('github_pat_', '11ABCDEFG0_', 'x9'.repeat(20)),
  join('xoxb-', '123456789012-1234567890123-', 'AbCdEfGhIjKl'),
  join('sk_live_', '4eC39HqLyjWDarjtT1zdp7dc'),
  join('sk-proj-', 'Ab3_'.repeat(12)),
  join('sk-ant-api03-', 'Ab3-'.repeat(12)),
  join('AIza', 'SyA1234567890abcdefghijklmnopqrstuv'),
  join('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0NTY3ODkwIn0', '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'),
  join('gk_acme.', 'AbCdEfGhIjKl', '.', 'Z9_-'.repeat(10), 'abc'),
  `-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc+/=\n-----END RSA PRIVATE KEY-----`,
  `-----BEGIN PRIVATE KEY-----\nMIIEow cut off`,
];

const found: Record<Redaction, readonly string[]> = {
  secret: secrets,
  email: ['jane.doe+x@mail.example.co.uk', "o'neil@example.org", 'jürgen@müller.de', 'a@b.io'],
  phone: [
    '+31-20-914-7380',
    '+49 (0)30 901820',
    '+1 212 555 0123',
    '0044 20 7946 0958',
    '(212) 717-3298',
    '212-555-0123',
    '01 23 45 67 89',
    '07700 900123',
    '030 / 9018200',
  ],
  credit_card: ['4111 1111 1111 1111', '4012888888881881', '3782-822463-10005', '5555-5555-5555-4444'],
  iban: [
    'DE89 3704 0044 0532 0130 00',
    'GB82WEST12345698765432',
    'BE68 5390 0754 7034',
    'FR14 2004 1010 0505 0001 3M02 606',
  ],
  us_ssn: ['219-09-9999', '078-05-1120'],
};

describe.each(redactions)('%s', (kind) => {
  test.each(found[kind])('%s', (text) => {
    const name = `[REDACTED_${kind.toUpperCase()}]`;
    expect(redact(text, [kind])).toBe(name);
    expect(redact(`Use ${text} today`, [kind])).toMatch(
      kind === 'secret' ? /^Use \[REDACTED_SECRET\]/ : `Use ${name} today`,
    );
    expect(redact(`(${text})`, [kind])).not.toContain(text);
  });

  test('stays where the policy does not name it', () => {
    const others = redactions.filter((other) => other !== kind && other !== 'phone' && other !== 'secret');
    for (const text of found[kind]) expect(redact(text, others)).toBe(text);
  });
});

test.each([
  ['password=hunter2', 'password=[REDACTED_SECRET]'],
  ['"api_key": "q1w2e3r4t5"', '"api_key": "[REDACTED_SECRET]"'],
  ["DB_PASSWORD='s3cr3t!x'", "DB_PASSWORD='[REDACTED_SECRET]'"],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG', 'aws_secret_access_key = [REDACTED_SECRET]'],
  ['postgres://app:pa55word@db/main', 'postgres://app:[REDACTED_SECRET]@db/main'],
  ['Authorization: Bearer abc.def-123', 'Authorization: Bearer [REDACTED_SECRET]'],
  ['SSN: 219 09 9999.', 'SSN: [REDACTED_US_SSN].'],
  ['tel. 5551234567', 'tel. [REDACTED_PHONE]'],
  ['9999 4111 1111 1111 1111', '9999 [REDACTED_CREDIT_CARD]'],
  ['4111 1111 1111 1111 123', '[REDACTED_CREDIT_CARD] 123'],
  ['DE12 DE89 3704 0044 0532 0130 00', 'DE12 [REDACTED_IBAN]'],
  ["o'neil'jane@mail.example", '[REDACTED_EMAIL]'],
  ['secret:' + 'a'.repeat(240) + 'password:hunter2', 'secret:' + 'a'.repeat(240) + 'password:[REDACTED_SECRET]'],
  ['secret: short password=hunter2', 'secret: short password=[REDACTED_SECRET]'],
  ['BE68 5390 0754 7034 CALL ME', '[REDACTED_IBAN] CALL ME'],
  ['😀a@b.io😀', '😀[REDACTED_EMAIL]😀'],
])('%s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test.each([
  'On 2024-05-06 at 12:30:45, or 06.05.2024, or 05/06/2024.',
  'Version 10.12.2026.1, build 20240506.1234, RFC 2616, ISO 8601:2004.',
  'P = 0.0001234567, 95% CI 1.23-4.56, n = 12 345 678, 3.14159265358979.',
  'ISBN 978-3-16-148410-0, PMID 12345678, NCT01234567, doi:10.1038/s41586-020-2649-2.',
  'Order 4111111111111112 and 1700000000000 ms and 550e8400-e29b-41d4-a716-446655440000.',
  'The password is required: see your administrator. Password: case-sensitive. Secret: none.',
  'The class sk-fading-circle-of-many-long-words; the array a[0-9]; foo@bar; @user; 192.168.100.200.',
  'XX62AAAA77777777777777 is of no country, DE73AAAA777777777777 is too short.',
  'DE12 is a motorway; GB29 NWBK is not complete; AT1 and CD4 cells.',
  '123-45-678, 000-12-3456, 666-12-3456, 900-12-3456.',
])('nothing is found in: %s', (text) => {
  expect(redact(text)).toBe(text);
});

test('what overlaps goes together, and nothing of it stays', () => {
  const text = `password=${secrets[0]} jane@${'x'.repeat(10)}.com`;
  expect(redact(text)).toBe('password=[REDACTED_SECRET] [REDACTED_EMAIL]');
  expect(redact('https://jane:pa55@example.com/x', ['secret', 'email'])).toBe('https://jane:[REDACTED_SECRET]/x');
});

test('the kinds that were found are told', () => {
  expect([...redactText('a@b.io, c@d.io and 219-09-9999', redactions).kinds].toSorted()).toEqual(['email', 'us_ssn']);
});

test('what stands around is kept, unit by unit', () => {
  const around = fc.string({ unit: 'binary', maxLength: 20 });
  fc.assert(
    fc.property(around, around, (before, after) => {
      expect(redact(`${before} a@b.io ${after}`, ['email'])).toContain(' [REDACTED_EMAIL] ');
      expect(redact(before + after, [])).toBe(before + after);
    }),
  );
});

test('texts that are made to take long do not', { timeout: 20_000 }, () => {
  const size = 1_000_000;
  const unit = [
    'a',
    "a'",
    '1',
    '1 ',
    '4-',
    'a.',
    'a@',
    '-',
    'eyJa',
    'password=',
    'secret:a',
    '+1 ',
    '0 ',
    '(01)',
    'AA11 ',
    'DE12 ',
    ':',
    'a:',
    'a://a:',
    '-----BEGIN PRIVATE KEY-----',
    'ssn ',
    '😀',
  ];
  for (const part of unit) redact(part.repeat(size / part.length));
});
