import * as v from 'valibot';
import { Metadata } from './manifest.ts';

const Reference = v.looseObject({ name: v.string(), key: v.string() });
const EnvVar = v.looseObject({
  name: v.string(),
  value: v.optional(v.string()),
  valueFrom: v.optional(v.looseObject({ configMapKeyRef: v.optional(Reference), secretKeyRef: v.optional(Reference) })),
});
const EnvFrom = v.looseObject({
  configMapRef: v.optional(v.looseObject({ name: v.string() })),
  secretRef: v.optional(v.looseObject({ name: v.string() })),
});

const SecurityContext = v.looseObject({
  privileged: v.optional(v.boolean()),
  allowPrivilegeEscalation: v.optional(v.boolean()),
  readOnlyRootFilesystem: v.optional(v.boolean()),
  runAsNonRoot: v.optional(v.boolean()),
  runAsUser: v.optional(v.number()),
  procMount: v.optional(v.string()),
  seccompProfile: v.optional(v.looseObject({ type: v.string() })),
  appArmorProfile: v.optional(v.looseObject({ type: v.string() })),
  seLinuxOptions: v.optional(v.record(v.string(), v.string())),
  windowsOptions: v.optional(v.looseObject({ hostProcess: v.optional(v.boolean()) })),
  capabilities: v.optional(
    v.looseObject({ add: v.optional(v.array(v.string())), drop: v.optional(v.array(v.string())) }),
  ),
  sysctls: v.optional(v.array(v.looseObject({ name: v.string() }))),
});

const Target = v.looseObject({ port: v.union([v.number(), v.string()]), host: v.optional(v.string()) });
const Handler = v.looseObject({ httpGet: v.optional(Target), tcpSocket: v.optional(Target) });
const Resources = v.looseObject({
  requests: v.optional(v.record(v.string(), v.union([v.string(), v.number()])), {}),
  limits: v.optional(v.record(v.string(), v.union([v.string(), v.number()])), {}),
});

const Container = v.looseObject({
  name: v.optional(v.string(), ''),
  image: v.string(),
  command: v.optional(v.array(v.string()), []),
  args: v.optional(v.array(v.string()), []),
  env: v.optional(v.array(EnvVar), []),
  envFrom: v.optional(v.array(EnvFrom), []),
  ports: v.optional(
    v.array(
      v.looseObject({
        containerPort: v.number(),
        name: v.optional(v.string()),
        protocol: v.optional(v.picklist(['TCP', 'UDP', 'SCTP']), 'TCP'),
        hostPort: v.optional(v.number()),
      }),
    ),
    [],
  ),
  resources: v.optional(Resources, {}),
  securityContext: v.optional(SecurityContext, {}),
  volumeMounts: v.optional(
    v.array(v.looseObject({ name: v.string(), mountPath: v.string(), readOnly: v.optional(v.boolean()) })),
    [],
  ),
  startupProbe: v.optional(Handler),
  livenessProbe: v.optional(Handler),
  readinessProbe: v.optional(Handler),
  lifecycle: v.optional(v.looseObject({ preStop: v.optional(Handler), postStart: v.optional(Handler) })),
});
export type Container = v.InferOutput<typeof Container>;

const NamedSource = v.looseObject({ name: v.string(), items: v.optional(v.array(v.looseObject({ key: v.string() }))) });
const SecretSource = v.looseObject({ secretName: v.string(), items: NamedSource.entries.items });
const Volume = v.looseObject({
  name: v.string(),
  configMap: v.optional(NamedSource),
  secret: v.optional(SecretSource),
  persistentVolumeClaim: v.optional(v.looseObject({ claimName: v.string() })),
  projected: v.optional(
    v.looseObject({
      sources: v.array(v.looseObject({ configMap: v.optional(NamedSource), secret: v.optional(NamedSource) })),
    }),
  ),
});

const PodSpec = v.looseObject({
  containers: v.pipe(v.array(Container), v.nonEmpty()),
  initContainers: v.optional(v.array(Container), []),
  volumes: v.optional(v.array(Volume), []),
  securityContext: v.optional(SecurityContext, {}),
  serviceAccountName: v.optional(v.string()),
  automountServiceAccountToken: v.optional(v.boolean()),
  hostNetwork: v.optional(v.boolean()),
  hostPID: v.optional(v.boolean()),
  hostIPC: v.optional(v.boolean()),
});
export type PodSpec = v.InferOutput<typeof PodSpec>;

export const PodTemplate = v.looseObject({ metadata: v.optional(Metadata, {}), spec: PodSpec });
export type PodTemplate = v.InferOutput<typeof PodTemplate>;

export const containersOf = ({ containers, initContainers }: PodSpec): Container[] => [
  ...initContainers,
  ...containers,
];
