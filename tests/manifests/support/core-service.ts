import * as v from 'valibot';
import { isKnativeService } from './knative-service.ts';
import { ofKind, type Manifest } from './manifest.ts';

const CoreService = v.object({
  metadata: v.object({ name: v.string(), namespace: v.string() }),
  spec: v.object({
    selector: v.record(v.string(), v.string()),
    ports: v.array(v.object({ port: v.number(), targetPort: v.optional(v.union([v.number(), v.string()])) })),
  }),
});

/** The Services of Kubernetes; Knative's kind has the same name. */
export const coreServicesOf = (manifests: readonly Manifest[]): v.InferOutput<typeof CoreService>[] =>
  ofKind(
    manifests.filter((manifest) => !isKnativeService(manifest)),
    'Service',
    CoreService,
  );
