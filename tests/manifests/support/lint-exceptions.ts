import * as v from 'valibot';
import type { Finding } from './linters.ts';

export const LintExceptions = v.array(
  v.strictObject({
    linter: v.picklist(['kube-linter', 'kube-score']),
    check: v.string(),
    /** Whole `<kind>/<name>`s, as a regular expression. */
    objects: v.pipe(
      v.string(),
      v.transform((source) => new RegExp(`^(?:${source})$`)),
    ),
    reason: v.pipe(v.string(), v.minLength(20)),
  }),
);
export type LintException = v.InferOutput<typeof LintExceptions>[number];

export const isExcepted = (exception: LintException, { linter, check, object }: Finding): boolean =>
  exception.linter === linter && exception.check === check && exception.objects.test(object);
