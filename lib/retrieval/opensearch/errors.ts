import { errors } from '@opensearch-project/opensearch';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import { EngineRefusal } from '../engine-refusal.ts';

const ErrorBody = v.object({ error: v.object({ type: v.string(), reason: v.optional(v.nullable(v.string())) }) });

export const statusOf = (error: unknown): number | undefined =>
  error instanceof errors.ResponseError ? error.statusCode : undefined;

/** OpenSearch's own name of the error: a body without one is not its answer but a proxy's. */
export function typeOf(error: unknown): string | undefined {
  if (!(error instanceof errors.ResponseError)) return undefined;
  const result = v.safeParse(ErrorBody, error.body);
  return result.success ? result.output.error.type : undefined;
}

/** Nothing is stored for the tenant: no index, or one without this incarnation's ledger. */
export const isMissing = (error: unknown): boolean => statusOf(error) === 404;

/** No answer, or one that is not from OpenSearch itself. A red index is only its own tenant's trouble. */
export function isOutage(error: unknown): boolean {
  if (error instanceof errors.ResponseError) {
    return [502, 503, 504].includes(error.statusCode ?? 0) && typeOf(error) === undefined;
  }
  return error instanceof errors.ConnectionError || error instanceof errors.TimeoutError || isTimeoutReason(error);
}

const isTimeoutReason = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';

/** Worth another try: the engine is away for a moment or has too much to do. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined ? isOutage(error) : [429, 502, 503, 504].includes(status);
}

const storageBlocks = new Set(['cluster_block_exception', 'index_create_block_exception']);

/** An error type of one bulk item, or of a whole answer, that says there is no room. */
export const isStorageFull = (type: string | undefined, status: number | undefined): boolean =>
  type !== undefined && storageBlocks.has(type) && (status === 403 || status === 429);

/** What a client is told. Names, hosts and the engine's words stay in the cause. */
export function toSearchError(error: unknown): unknown {
  if (error instanceof ApiError || error instanceof EngineRefusal) return error;
  const status = statusOf(error);
  const type = typeOf(error);
  if (isStorageFull(type, status)) return new ApiError('storage_full', undefined, { cause: error });
  if (status === 403 && type === 'security_exception') return new EngineRefusal(error);
  if (status === 413) return new ApiError('too_large', undefined, { cause: error });
  // A credential that the engine does not know is the operator's to mend.
  if (status === 401 || isPassing(error) || isOutage(error)) return searchUnavailable(error);
  return error;
}

export const searchUnavailable = (cause?: unknown): ApiError =>
  new ApiError('search_unavailable', undefined, { cause, retryAfter: 5 });
