import * as v from 'valibot';
import { Metadata } from './manifest.ts';

/**
 * A Knative Service with the fields that Knative's webhook lets through with no feature flag set, and no others:
 * https://github.com/knative/serving/blob/main/pkg/apis/serving/fieldmask.go
 */
const appPort = 8080;

/**
 * A probe without a port is rendered as port 0, one of another port is moved to this one. There is no startupProbe: the kubelet would
 * ask once a second, the queue-proxy asks for readiness several times.
 */
const Probe = v.strictObject({
  httpGet: v.strictObject({ path: v.string(), port: v.literal(appPort) }),
  initialDelaySeconds: v.optional(v.number()),
  periodSeconds: v.optional(v.number()),
  timeoutSeconds: v.optional(v.number()),
  successThreshold: v.optional(v.number()),
  failureThreshold: v.optional(v.number()),
});

/** PORT and the names of revision, configuration and service are Knative's to set. */
const EnvVar = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^(?!PORT$|K_)/)),
  value: v.string(),
});

const SecurityContext = v.strictObject({
  allowPrivilegeEscalation: v.literal(false),
  capabilities: v.strictObject({ drop: v.array(v.string()) }),
  readOnlyRootFilesystem: v.literal(true),
  runAsGroup: v.optional(v.number()),
  runAsNonRoot: v.literal(true),
  runAsUser: v.optional(v.number()),
  seccompProfile: v.strictObject({ type: v.string() }),
});

const Amounts = v.record(v.string(), v.string());

const Container = v.strictObject({
  name: v.optional(v.string()),
  image: v.string(),
  imagePullPolicy: v.optional(v.string()),
  command: v.optional(v.array(v.string())),
  args: v.optional(v.array(v.string())),
  env: v.optional(v.array(EnvVar), []),
  envFrom: v.optional(v.array(v.strictObject({ configMapRef: v.strictObject({ name: v.string() }) })), []),
  ports: v.strictTuple([
    v.strictObject({ containerPort: v.literal(appPort), name: v.optional(v.picklist(['', 'http1', 'h2c'])) }),
  ]),
  resources: v.strictObject({ requests: Amounts, limits: Amounts }),
  securityContext: SecurityContext,
  livenessProbe: Probe,
  readinessProbe: Probe,
  volumeMounts: v.optional(
    v.array(v.strictObject({ name: v.string(), mountPath: v.string(), readOnly: v.optional(v.boolean(), false) })),
    [],
  ),
});

const Items = v.optional(v.array(v.strictObject({ key: v.string(), path: v.string() })));
const Volume = v.union([
  v.strictObject({
    name: v.string(),
    emptyDir: v.strictObject({ medium: v.optional(v.string()), sizeLimit: v.string() }),
  }),
  v.strictObject({ name: v.string(), configMap: v.strictObject({ name: v.string(), items: Items }) }),
  v.strictObject({
    name: v.string(),
    secret: v.strictObject({ secretName: v.string(), items: Items, defaultMode: v.optional(v.number()) }),
  }),
]);

export const KnativeService = v.strictObject({
  apiVersion: v.literal('serving.knative.dev/v1'),
  kind: v.literal('Service'),
  metadata: v.strictObject({ ...Metadata.entries, name: v.string(), namespace: v.string() }),
  spec: v.strictObject({
    template: v.strictObject({
      metadata: v.strictObject(Metadata.entries),
      spec: v.strictObject({
        serviceAccountName: v.string(),
        automountServiceAccountToken: v.literal(false),
        enableServiceLinks: v.literal(false),
        imagePullSecrets: v.optional(v.array(v.strictObject({ name: v.string() }))),
        containerConcurrency: v.number(),
        timeoutSeconds: v.number(),
        responseStartTimeoutSeconds: v.number(),
        idleTimeoutSeconds: v.number(),
        containers: v.strictTuple([Container]),
        volumes: v.optional(v.array(Volume), []),
      }),
    }),
  }),
});

export const isKnativeService = ({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean =>
  apiVersion === 'serving.knative.dev/v1' && kind === 'Service';
