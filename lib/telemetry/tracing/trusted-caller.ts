import { createContextKey, type Context } from '@opentelemetry/api';

const key = createContextKey('genai.trusted_caller');

/** Whether a context comes from a caller that may decide what is sampled. */
export const trustedCaller = {
  mark: (context: Context, isTrusted: boolean): Context => context.setValue(key, isTrusted),
  isMarked: (context: Context): boolean => context.getValue(key) === true,
};
