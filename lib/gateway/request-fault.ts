import { ApiError } from '#lib/core/api-error.ts';
import { statusOf } from '#lib/llm/model-error.ts';

/** A provider's refusals for which the request is at fault, and not the provider. */
const requestFaults = new Set([400, 413, 422]);

/** The failure as the caller's own where it is: a client that is told so does not try again. */
export function toRequestFault(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.code !== 'model_error') return error;
  const status = statusOf(error.cause);
  if (status === undefined || !requestFaults.has(status)) return error;
  return new ApiError('invalid_request', 'The model does not take this request', { cause: error.cause });
}
