import * as v from 'valibot';
import { parseAllDocuments } from 'yaml';

const Texts = v.optional(v.record(v.string(), v.string()), {});

/** Labels and annotations, whose values must be strings: the API server refuses numbers and booleans. */
export const Metadata = v.looseObject({ labels: Texts, annotations: Texts });

export const Manifest = v.looseObject({
  apiVersion: v.string(),
  kind: v.string(),
  metadata: v.looseObject({ ...Metadata.entries, name: v.string(), namespace: v.optional(v.string()) }),
});
export type Manifest = v.InferOutput<typeof Manifest>;

/** Read as Kubernetes reads it, which is YAML 1.1: there `0440` is octal. */
export function parseManifests(yaml: string): Manifest[] {
  return parseAllDocuments(yaml, { version: '1.1' }).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return v.parse(Manifest, document.toJS());
  });
}

/** Those of one kind, parsed by its schema. */
export const ofKind = <Schema extends v.GenericSchema>(
  manifests: readonly Manifest[],
  kind: string,
  schema: Schema,
): v.InferOutput<Schema>[] =>
  manifests.filter((manifest) => manifest.kind === kind).map((found) => v.parse(schema, found));
