import { findPrivateKeys } from './find-private-keys.ts';
import { createFinder, createFinderBehind, type FindSpans } from './span.ts';

/** Each begins as no other does, so that one search finds them all. */
const tokens = [
  // AWS.
  '(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{16}',
  // GitHub, GitLab, npm.
  'gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[A-Za-z0-9_-]{20,255}|npm_[A-Za-z0-9]{36}',
  // Slack.
  'xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250}',
  // Stripe.
  '[rs]k_(?:live|test)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9+/]{20,250}',
  // OpenAI and those who name their keys alike; words joined by hyphens have no digit.
  'sk-(?=[A-Za-z_-]{0,100}[0-9])[A-Za-z0-9_-]{20,250}',
  // Google.
  'AIza[A-Za-z0-9_-]{35}|ya29\\.[A-Za-z0-9_-]{20,500}',
  // JSON Web Tokens, signed or encrypted.
  'eyJ[A-Za-z0-9_-]{8,8000}(?:\\.[A-Za-z0-9_-]{0,16000}){2,4}',
  // Keys of this platform.
  'gk_[a-z0-9-]{1,63}\\.[A-Za-z0-9_-]{12}\\.[A-Za-z0-9_-]{43}',
];

/** A word that ends a sentence is none. */
const isPassword = (value: string): boolean => /[\d@#%^&*+=~|\\]|[!?][.!?:]*[^.!?:]/.test(value);

const finders: readonly FindSpans[] = [
  findPrivateKeys,
  // A credential begins where no other word goes on; that also keeps the search linear.
  createFinder(new RegExp(`(?<![A-Za-z0-9_-])(?:${tokens.join('|')})(?![A-Za-z0-9])`)),
  createFinderBehind(/hooks\.slack\.com\/services\//, /[A-Za-z0-9/]{20,100}/),
  createFinderBehind(/\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:bearer|basic|token)\s{1,3}/i, /[\w.~+/=-]{8,4000}/),
  // The password in a URL.
  createFinderBehind(/:\/\/(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s:/@]{0,100}:/i, /[^\s/@]{1,200}(?=@)/),
  // `password = …`: a value with a digit or a sign in it, so that prose about passwords stays.
  createFinderBehind(
    /(?:passwor[dt]|passwd|pwd|passphrase|passwort|secret|api[_-]?key|(?:access|account|auth|secret|private)[_-]?key|(?:auth|access|refresh|bearer)[_-]?token|credentials?)["'\]]{0,2}\s{0,3}(?:=>?|:=?)\s{0,3}["']?/i,
    /[^\s"'`,;<>(){}$[\]]{6,250}/,
    isPassword,
  ),
];

export const findSecrets: FindSpans = function* findSecrets(text) {
  for (const find of finders) yield* find(text);
};
