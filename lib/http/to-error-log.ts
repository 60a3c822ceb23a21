import { problems, type ApiError } from '#lib/core/api-error.ts';

/** What a request's log line says of the error that it ended with: of the platform's own failures, what caused them too. */
export function toErrorLog(error: ApiError): { error_code: string; error?: unknown } {
  const cause = error.cause ?? (error.code === 'internal' ? error : undefined);
  const isOurs = problems[error.code].status >= 500 && cause !== undefined;
  return { error_code: error.code, ...(isOurs ? { error: cause } : {}) };
}
