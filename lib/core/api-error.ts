/** The closed list of problem codes and the status each one is sent with. */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  context_length_exceeded: { status: 400, title: 'The prompt is longer than the model takes' },
  unauthenticated: { status: 401, title: 'A valid credential is required' },
  budget_exhausted: { status: 402, title: 'The budget is spent' },
  forbidden: { status: 403, title: 'The credential does not allow this' },
  tenant_unknown: { status: 403, title: 'The tenant is not registered' },
  tenant_suspended: { status: 403, title: 'The tenant is suspended' },
  tenant_mismatch: { status: 403, title: 'The request names another tenant' },
  not_found: { status: 404, title: 'Not found' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The request conflicts with the current state' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used with another request' },
  too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  unprocessable_document: { status: 422, title: 'The document cannot be processed' },
  rate_limited: { status: 429, title: 'Too many requests' },
  concurrency_limited: { status: 429, title: 'Too many requests at once' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal: { status: 500, title: 'Something went wrong' },
  model_error: { status: 502, title: 'The model failed' },
  search_unavailable: { status: 503, title: 'Search is not available' },
  state_unavailable: { status: 503, title: 'The state store is not available' },
  model_overloaded: { status: 503, title: 'The model is overloaded' },
  auth_unavailable: { status: 503, title: 'Credentials cannot be checked now' },
  overloaded: { status: 503, title: 'The service is overloaded' },
  model_timeout: { status: 504, title: 'The model did not answer in time' },
  storage_full: { status: 507, title: 'The storage is full' },
} as const;

export type ProblemCode = keyof typeof problems;

/** One thing wrong with a request: `path` is a dotted path into it. */
export interface FieldError {
  path: string;
  message: string;
}

interface ApiErrorOptions {
  cause?: unknown;
  errors?: FieldError[];
  /** Seconds after which a retry may succeed. */
  retryAfter?: number;
  headers?: Record<string, string>;
}

/** A failure that ends a request. `detail` reaches the client: it never holds a name from inside. */
export class ApiError extends Error {
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly errors: FieldError[] | undefined;
  readonly retryAfter: number | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail?: string, options: ApiErrorOptions = {}) {
    super(detail ?? problems[code].title, { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.detail = detail;
    this.errors = options.errors;
    this.retryAfter = options.retryAfter;
    this.headers = options.headers ?? {};
  }
}

/** A request with one thing wrong: `path` is empty where it is the whole. */
export const invalidRequest = (path: string, message: string, cause?: unknown): ApiError =>
  new ApiError('invalid_request', undefined, { cause, errors: [{ path, message }] });

/** RFC 9457 problem details, the body of every error. */
export interface Problem {
  type: string;
  title: string;
  status: (typeof problems)[ProblemCode]['status'];
  code: ProblemCode;
  detail?: string;
  errors?: FieldError[];
  retry_after?: number;
  request_id: string;
}

export function toProblem(error: ApiError, requestId: string): Problem {
  const { status, title } = problems[error.code];
  return {
    type: `urn:genai:problem:${error.code}`,
    title,
    status,
    code: error.code,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...(error.retryAfter === undefined ? {} : { retry_after: error.retryAfter }),
    request_id: requestId,
  };
}

/** Anything that is not an `ApiError` is a bug or a broken dependency: the client learns nothing of it. */
export function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError('internal', undefined, { cause: error });
}
