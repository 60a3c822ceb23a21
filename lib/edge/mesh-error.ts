import { ApiError, type ProblemCode } from '#lib/core/api-error.ts';

/** What the log calls an answer that no function gave. */
export interface MeshError {
  marker: string;
  error: ApiError;
}

const json = /^application\/(?:[\w.-]+\+)?json\b/i;

/** Functions explain their refusals in JSON; whoever does not is the mesh between. */
export const isFromMesh = (status: number, contentType: string): boolean => status >= 400 && !json.test(contentType);

/** What the mesh says of the request itself. Anything else, a 404 as well, says that the function cannot be reached. */
const refusals = new Map<number, ProblemCode>([
  [400, 'invalid_request'],
  [408, 'request_timeout'],
  [413, 'too_large'],
  [431, 'headers_too_large'],
]);

const overloaded = (detail: string, cause?: unknown): ApiError =>
  new ApiError('overloaded', detail, { retryAfter: 1, cause });

export function toMeshError(status: number, text: string): MeshError {
  const code = refusals.get(status);
  if (code !== undefined) return { marker: 'refused', error: new ApiError(code) };
  if (text.includes('pending request queue full'))
    return { marker: 'queue_full', error: overloaded('Too many requests are waiting already') };
  return { marker: `status_${status}`, error: overloaded('The service does not answer at the moment') };
}

/** A request that got no response: its connection was refused, not found, cut or silent for too long. */
export function toUnreachable(cause: unknown): MeshError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return { marker: code.toLowerCase(), error: overloaded('The service cannot be reached at the moment', cause) };
}
