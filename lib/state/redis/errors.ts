import { ApiError } from '#lib/core/api-error.ts';
import { isWord } from '#lib/core/is-word.ts';

/** `read_only` and `full` refuse what is written; what is read is still answered. */
type Fault = 'outage' | 'no_access' | 'read_only' | 'full';

const faults: readonly [RegExp, Fault][] = [
  [/^(OOM\b|ERR DB capacity quota exceeded)/, 'full'],
  [/^(READONLY|MISCONF|NOREPLICAS)\b/, 'read_only'],
  [/^(NOAUTH|WRONGPASS|NOPERM|Unauthorized)\b/, 'no_access'],
  [/^(LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b/, 'outage'],
  [/^ERR max (?!.*\bsize\b)/, 'outage'],
];

/** Redis 6 puts what failed inside a script behind where it did. */
const scriptPrefix = /^ERR Error running script .*?: -/;
const maxMessage = 200;

/** The first words of what went wrong: a client's own error may carry the command, and with it what it held. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown failure';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const text = error.message.replace(scriptPrefix, '').split(', command was:')[0] ?? '';
  return (text === '' ? code : text).slice(0, maxMessage);
}

/** What the message of a server or the network means; `undefined` where the server finds fault with the command. */
export function faultOf(error: unknown): Fault | undefined {
  const message = messageOf(error);
  const known = faults.find(([pattern]) => pattern.test(message));
  if (known) return known[1];
  // A server's own words begin with a code.
  return /^[A-Z]{2,} /.test(message) ? undefined : 'outage';
}

/** What may be said of the failure: a server's own words begin with its code, and may go on with what it was sent. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const own = 'code' in error && isWord(error.code) ? error.code : error.name;
  return /^[A-Z]{2,}(?= )/.exec(messageOf(error))?.[0] ?? own;
}

const stateUnavailable = (cause: unknown): ApiError =>
  new ApiError('state_unavailable', undefined, { cause, retryAfter: 2 });

/** What a call is refused with while the server is not asked. */
export const refuseState = (): ApiError => stateUnavailable(undefined);

/** What a failed call ends with. Nothing of the client's error is kept but its message. */
export function toStateError(error: unknown): Error {
  if (error instanceof ApiError) return error;
  const cause = Object.assign(new Error(messageOf(error)), { code: codeOf(error) });
  const fault = faultOf(cause);
  if (fault === undefined) return cause;
  return fault === 'full' ? new ApiError('storage_full', undefined, { cause }) : stateUnavailable(cause);
}

/** Whether the server is unwell as a whole, and not only unable to write. */
export const isOutage = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'state_unavailable' && faultOf(error.cause) !== 'read_only';

export const isRefusedWrite = (error: unknown): boolean => ['read_only', 'full'].includes(faultOf(error) ?? '');
