import { execFile } from 'node:child_process';
import * as v from 'valibot';

export interface Finding {
  linter: string;
  check: string;
  /** `<kind>/<name>`. */
  object: string;
  message: string;
}

export interface Linter {
  name: string;
  /** Names the program, where it isn't on the PATH by its own name. */
  variable: string;
  args: (file: string) => string[];
  parse: (output: string) => Omit<Finding, 'linter'>[];
}

const KubeLinterReport = v.object({
  Reports: v.nullish(
    v.array(
      v.object({
        Check: v.string(),
        Diagnostic: v.object({ Message: v.string() }),
        Object: v.object({
          K8sObject: v.object({ Name: v.string(), GroupVersionKind: v.object({ Kind: v.string() }) }),
        }),
      }),
    ),
    [],
  ),
});

/** A grade of 10 is perfect, and 7 almost; 5 is a warning, 1 critical. */
const isBelowPar = ({ grade, skipped }: { grade: number; skipped: boolean }): boolean => !skipped && grade <= 5;
const KubeScoreReport = v.array(
  v.object({
    object_meta: v.object({ name: v.string() }),
    type_meta: v.object({ kind: v.string() }),
    checks: v.array(
      v.object({
        check: v.object({ id: v.string(), name: v.string() }),
        grade: v.number(),
        skipped: v.boolean(),
        comments: v.nullish(v.array(v.object({ path: v.string(), summary: v.string() })), []),
      }),
    ),
  }),
);

export const linters: Linter[] = [
  {
    name: 'kube-linter',
    variable: 'KUBE_LINTER',
    args: (file) => ['lint', '--format', 'json', file],
    parse: (output) =>
      (v.parse(KubeLinterReport, JSON.parse(output)).Reports ?? []).map((report) => ({
        check: report.Check,
        object: `${report.Object.K8sObject.GroupVersionKind.Kind}/${report.Object.K8sObject.Name}`,
        message: report.Diagnostic.Message,
      })),
  },
  {
    name: 'kube-score',
    variable: 'KUBE_SCORE',
    args: (file) => ['score', '--output-format', 'json', '--kubernetes-version', 'v1.31', file],
    parse: (output) =>
      v.parse(KubeScoreReport, JSON.parse(output)).flatMap(({ object_meta: meta, type_meta: type, checks }) =>
        checks.filter(isBelowPar).map(({ check, comments }) => ({
          check: check.id,
          object: `${type.kind}/${meta.name}`,
          message: (comments ?? []).map(({ path, summary }) => [path, summary].filter(Boolean).join(': ')).join('; '),
        })),
      ),
  },
];

/** What a linter says of a file, or `undefined` where it isn't installed. It exits with 1 when it finds something. */
export function lint({ name, args, parse }: Linter, program: string, file: string): Promise<Finding[] | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Finding[] | undefined>();
  const options = { signal: AbortSignal.timeout(60_000), maxBuffer: 16 * 2 ** 20 };
  execFile(program, args(file), options, (error, stdout, stderr) => {
    if (error?.code === 'ENOENT') resolve(undefined);
    else if (stdout === '') reject(new Error(`${name} found nothing to say: ${stderr}`, { cause: error }));
    else resolve(parse(stdout).map((finding) => ({ linter: name, ...finding })));
  });
  return promise;
}
