import { destination, pino, type Level } from 'pino';
import { describeError } from './describe-error.ts';

/** One line of the log. Never a prompt, an answer, a document's text, a key or a token. */
export interface LogEvent {
  event: string;
  tenant_id?: string | undefined;
  user_id?: string | undefined;
  request_id?: string | undefined;
  trace_id?: string | undefined;
  /** Seconds. */
  duration?: number;
  [field: string]: unknown;
}

export interface Logger {
  info(event: LogEvent): void;
  warn(event: LogEvent): void;
  error(event: LogEvent): void;
  /** Writes what is held back. To be called before the process ends. */
  flush(): void;
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Bytes and milliseconds for which lines may wait to be written together. */
const batchBytes = 4_096;
const batchMilliseconds = 100;

/**
 * JSON on stdout. Lines are written in small batches: a write for each would cost a request more than
 * all its middleware. Errors and the audit trail are written at once.
 */
export function createLogger(level: Level | 'silent'): Logger {
  const output = destination({ dest: 1, sync: false, minLength: batchBytes, periodicFlush: batchMilliseconds });
  const log = pino(
    {
      level,
      base: { logger: 'genai_service' },
      timestamp: createTimestamp(),
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      serializers: { error: describeError },
    },
    output,
  );
  // What the chain has lost stands in the log alone, however little else is wanted there.
  const always = log.child({}, { level: level === 'silent' ? level : 'info' });
  const flush = () => output.flushSync();
  return {
    info: (event) => (event.event === 'audit' ? always : log).info(event),
    warn: (event) => log.warn(event),
    error(event) {
      log.error(event);
      flush();
    },
    flush,
  };
}

/** The time as pino wants it, written anew once a millisecond. */
function createTimestamp(): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) text = `,"timestamp":"${new Date(now).toISOString()}"`;
    at = now;
    return text;
  };
}
