import { ApiError } from '#lib/core/api-error.ts';

/** What the AI SDK's errors and ours tell; read by shape, so that the SDK need not be loaded to ask. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

/** The request itself is at fault, and not the provider: no model would take it. */
export function isRequestFault(error: unknown): boolean {
  const status = statusOf(error);
  return status === 400 || status === 413 || status === 422;
}

/** Seconds that the provider asks to wait, from its `Retry-After` in either form. */
export function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('responseHeaders' in error)) return undefined;
  const headers = new Map(Object.entries(error.responseHeaders ?? {}));
  const value = String(headers.get('retry-after') ?? '');
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3_600) : undefined;
}

/**
 * A provider's failure as clients see it: `model_overloaded` for its 429 and 529, `model_error` for
 * the rest. The provider's own words stay in the log.
 */
export function toModelError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const status = statusOf(error);
  if (status === 429 || status === 529)
    return new ApiError('model_overloaded', undefined, { cause: error, retryAfter: retryAfterOf(error) ?? 5 });
  return new ApiError('model_error', undefined, { cause: error });
}
