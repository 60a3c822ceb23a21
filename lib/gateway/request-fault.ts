import { ApiError } from '#lib/core/api-error.ts';
import { isRequestFault } from '#lib/llm/model-error.ts';

/** The failure as the caller's own where it is: a client that is told so does not try again. */
export function toRequestFault(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.code !== 'model_error' || !isRequestFault(error.cause)) return error;
  return new ApiError('invalid_request', 'The model does not take this request', { cause: error.cause });
}
