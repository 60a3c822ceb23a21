import { findForeignCanaries } from './canary.ts';
import type { Exchange } from './exchange.ts';

export interface Expectation {
  /** Statuses that are right; a refusal among them has no content to check. */
  statuses: readonly number[];
  /** The tag of the tenant that asks. */
  tag: string;
  isStream?: boolean;
  /** Says whether a 200 holds what it must. */
  isRight?: (body: string) => boolean;
}

export interface Verdict {
  /** Why the request counts as failed, in a bounded vocabulary. */
  cause: string | undefined;
  /** Other tenants' canaries that came with the answer. */
  leaks: string[];
  isTruncated: boolean;
  isWrong: boolean;
}

/** Pieces of a word may come in several events: the body alone would not show it. */
const toBody = ({ text, stream }: Extract<Exchange, { kind: 'answer' }>): string => `${text}\n${stream?.text ?? ''}`;

/** The status and, of a problem, its code. */
const toStatusCause = (status: number, body: string): string =>
  [`status ${status}`, ...(/"code":"([a-z_]{1,40})"/.exec(body)?.slice(1) ?? [])].join(' ');

/** What is to be said of a request's outcome. */
export function judge(exchange: Exchange, { statuses, tag, isStream = false, isRight }: Expectation): Verdict {
  const verdict: Verdict = { cause: undefined, leaks: [], isTruncated: false, isWrong: false };
  if (exchange.kind === 'failure') return { ...verdict, cause: exchange.reason };
  const body = toBody(exchange);
  verdict.leaks = findForeignCanaries(`${exchange.head}\n${body}`, tag);
  if (!statuses.includes(exchange.status)) return { ...verdict, cause: toStatusCause(exchange.status, exchange.text) };
  if (exchange.status >= 400) return verdict;
  if (isStream && !(exchange.isComplete && exchange.stream?.isWhole))
    return { ...verdict, cause: 'stream truncated', isTruncated: true };
  if (!exchange.isComplete) return { ...verdict, cause: 'body cut off' };
  if (exchange.stream?.isFailed) return { ...verdict, cause: 'stream error' };
  if (isRight && !isRight(body)) return { ...verdict, cause: 'wrong answer', isWrong: true };
  return verdict;
}
