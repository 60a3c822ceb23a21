import { PlainError } from '#lib/core/plain-error.ts';

interface ProviderErrorOptions {
  statusCode?: number | undefined;
  responseHeaders?: Record<string, string>;
  cause?: unknown;
}

/** A provider's failure, in the shape that the AI SDK's errors have. Its message is for the log. */
export class ProviderError extends PlainError {
  readonly statusCode: number | undefined;
  readonly responseHeaders: Record<string, string>;

  constructor(message: string, { statusCode, responseHeaders = {}, cause }: ProviderErrorOptions = {}) {
    super(message, { cause });
    this.name = 'ProviderError';
    this.statusCode = statusCode;
    this.responseHeaders = responseHeaders;
  }
}
