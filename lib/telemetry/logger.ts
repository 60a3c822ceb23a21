import { pino, type DestinationStream, type Level } from 'pino';

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
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** JSON on stdout. Writes are synchronous, so that the last line before an exit is not lost. */
export const createLogger = (level: Level | 'silent', destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { logger: 'genai_service' },
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      serializers: { error: describeError },
    },
    ...(destination ? [destination] : []),
  );

/** An error as the log holds it: names, messages and stacks of the whole chain, no other property. */
export function describeError(error: unknown): unknown {
  const chain: string[] = [];
  let current = error;
  while (current instanceof Error && chain.length < 5) {
    chain.push(`${current.name}: ${current.message}`);
    current = current.cause;
  }
  return { chain: chain.length > 0 ? chain : [typeof error], stack: error instanceof Error ? error.stack : undefined };
}
