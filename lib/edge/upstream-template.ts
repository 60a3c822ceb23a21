import * as v from 'valibot';
import type { FunctionName } from './routes.ts';

const placeholder = '{function}';

/** Where the functions are: an origin whose host holds the place of the function's name. */
export const UpstreamTemplateSchema = v.pipe(
  v.string(),
  v.maxLength(1_000),
  v.regex(/^https?:\/\/[a-z0-9.-]*\{function\}[a-z0-9.-]*(?::\d{1,5})?\/?$/),
  v.check((template) => URL.canParse(template.replace(placeholder, 'query'))),
);

export const toOrigin = (template: string, name: FunctionName): string =>
  new URL(template.replace(placeholder, name)).origin;
