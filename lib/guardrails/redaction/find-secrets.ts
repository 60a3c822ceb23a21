import { findPrivateKeys } from './find-private-keys.ts';
import { createFinder, type FindSpans } from './span.ts';

/** A credential begins where no other word goes on; that also keeps the search linear. */
const token = (pattern: string): FindSpans =>
  createFinder(new RegExp(String.raw`(?<![A-Za-z0-9_-])(?:${pattern})(?![A-Za-z0-9])`));

/** A word that ends a sentence is none. */
const isPassword = (value: string): boolean => /[\d!@#%^&*+=~|\\?]/.test(value.replace(/[.!?:]+$/, ''));

const finders: readonly FindSpans[] = [
  findPrivateKeys,
  // AWS.
  token('(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{16}'),
  // GitHub, GitLab, npm.
  token(
    'gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[A-Za-z0-9_-]{20,255}|npm_[A-Za-z0-9]{36}',
  ),
  // Slack.
  token('xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250}'),
  createFinder(/(?<=hooks\.slack\.com\/services\/)[A-Za-z0-9/]{20,100}/),
  // Stripe.
  token('[rs]k_(?:live|test)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9+/]{20,250}'),
  // OpenAI and those who name their keys alike; words joined by hyphens have no digit.
  token('sk-(?=[A-Za-z_-]{0,100}[0-9])[A-Za-z0-9_-]{20,250}'),
  // Google.
  token('AIza[A-Za-z0-9_-]{35}|ya29\\.[A-Za-z0-9_-]{20,500}'),
  // JSON Web Tokens, signed or encrypted.
  token('eyJ[A-Za-z0-9_-]{8,8000}(?:\\.[A-Za-z0-9_-]{0,16000}){2,4}'),
  // Keys of this platform.
  token('gk_[a-z0-9-]{1,63}\\.[A-Za-z0-9_-]{12}\\.[A-Za-z0-9_-]{43}'),
  createFinder(/(?<=\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:bearer|basic|token)\s{1,3})[\w.~+/=-]{8,4000}/i),
  // The password in a URL.
  createFinder(/(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,100}:)[^\s/@]{1,200}(?=@)/i),
  // `password = …`: a value with a digit or a sign in it, so that prose about passwords stays.
  createFinder(
    /(?<=(?:passwor[dt]|passwd|pwd|passphrase|passwort|secret|api[_-]?key|(?:access|account|auth|secret|private)[_-]?key|(?:auth|access|refresh|bearer)[_-]?token|credentials?)["'\]]{0,2}\s{0,3}(?:=>?|:=?)\s{0,3}["']?)[^\s"'`,;<>(){}$[\]]{6,250}/i,
    (value) => (isPassword(value) ? value.length : 0),
  ),
];

export const findSecrets: FindSpans = function* findSecrets(text) {
  for (const find of finders) yield* find(text);
};
