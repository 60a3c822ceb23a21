import { errors } from '@opensearch-project/opensearch';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import { EngineRefusal } from '../engine-refusal.ts';

const ErrorBody = v.object({ error: v.object({ type: v.string(), reason: v.optional(v.nullable(v.string())) }) });

export const statusOf = (error: unknown): number | undefined =>
  error instanceof errors.ResponseError ? error.statusCode : undefined;

/** OpenSearch's own name and words of the error: a body without them is not its answer but a proxy's. */
function readError(error: unknown): { type: string; reason: string } | undefined {
  if (!(error instanceof errors.ResponseError)) return undefined;
  const result = v.safeParse(ErrorBody, error.body);
  return result.success ? { type: result.output.error.type, reason: result.output.error.reason ?? '' } : undefined;
}

export const typeOf = (error: unknown): string | undefined => readError(error)?.type;

/** A search names a pipeline that nobody has made in this cluster yet. */
export const isPipelineMissing = (error: unknown): boolean =>
  statusOf(error) === 400 && /pipeline .*not defined/i.test(readError(error)?.reason ?? '');

const NotFoundBody = v.object({ found: v.literal(false) });

const missing = new Set([
  'index_not_found_exception',
  'document_missing_exception',
  'resource_not_found_exception',
  'repository_missing_exception',
  'snapshot_missing_exception',
  // Of plugins.
  'status_exception',
]);

/** The engine itself says that there is none: a proxy's 404 says nothing of what is stored. */
export const isMissing = (error: unknown): boolean => statusOf(error) === 404 && missing.has(typeOf(error) ?? '');

/** Nothing where what is asked about is not there. */
export async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** No answer, or one that is not from OpenSearch itself. A red index is only its own tenant's trouble. */
export function isOutage(error: unknown): boolean {
  if (error instanceof errors.ResponseError) {
    const isOwn = typeOf(error) !== undefined || v.is(NotFoundBody, error.body);
    return !isOwn && [404, 500, 502, 503, 504].includes(error.statusCode ?? 0);
  }
  const isSilence = error instanceof errors.ConnectionError || error instanceof errors.TimeoutError;
  return isSilence || error instanceof errors.DeserializationError || isTimeoutReason(error);
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

/** `cluster.max_shards_per_node`: the cluster takes no further index. */
const isShardLimit = (error: unknown): boolean => /maximum.*shards/i.test(readError(error)?.reason ?? '');

interface ErrorContext {
  /** Whether the call carried one tenant's token, so that a refusal tells of a request that went astray. */
  hasTenantToken: boolean;
}

/** What a client is told. Names, hosts and the engine's words stay in the cause. */
export function toSearchError(error: unknown, { hasTenantToken }: ErrorContext): unknown {
  if (error instanceof ApiError) return error;
  const status = statusOf(error);
  const type = typeOf(error);
  if (isStorageFull(type, status) || isShardLimit(error))
    return new ApiError('storage_full', undefined, { cause: error });
  if (status === 403 && type === 'security_exception' && hasTenantToken) return new EngineRefusal(error);
  if (status === 413) return new ApiError('too_large', undefined, { cause: error });
  // A credential that the engine does not know, or that may too little, is the operator's to mend.
  const isRefused = status === 401 || (status === 403 && type === 'security_exception');
  if (isRefused || (status ?? 0) >= 500 || isPassing(error) || isOutage(error)) return searchUnavailable(error);
  return error;
}

export const searchUnavailable = (cause?: unknown): ApiError =>
  new ApiError('search_unavailable', undefined, { cause, retryAfter: 5 });
