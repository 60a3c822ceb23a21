import { containersOf, type Container, type PodSpec } from './pod-template.ts';

/** Kubernetes' Pod Security Standards, level `restricted`: https://kubernetes.io/docs/concepts/security/pod-security-standards */
const volumeTypes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);
const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

type Check<Subject extends unknown[]> = (...subject: Subject) => boolean;

const podRules: Record<string, Check<[PodSpec]>> = {
  'shares no namespace of the host': ({ hostNetwork, hostPID, hostIPC }) => !hostNetwork && !hostPID && !hostIPC,
  'uses volumes of the allowed types only': ({ volumes }) =>
    volumes.every((volume) => Object.keys(volume).every((key) => key === 'name' || volumeTypes.has(key))),
  'sets safe sysctls only': ({ securityContext: { sysctls = [] } }) =>
    sysctls.every(({ name }) => safeSysctls.has(name)),
};

const containerRules: Record<string, Check<[Container, PodSpec]>> = {
  'is not privileged': ({ securityContext: { privileged } }) => !privileged,
  'allows no privilege escalation': ({ securityContext }) => securityContext.allowPrivilegeEscalation === false,
  'drops all capabilities and adds none but NET_BIND_SERVICE': ({ securityContext: { capabilities } }) =>
    capabilities?.drop?.includes('ALL') === true &&
    (capabilities.add ?? []).every((capability) => capability === 'NET_BIND_SERVICE'),
  'runs as non-root': ({ securityContext }, pod) =>
    (securityContext.runAsNonRoot ?? pod.securityContext.runAsNonRoot) === true,
  'runs as no user 0': ({ securityContext }, pod) =>
    securityContext.runAsUser !== 0 && pod.securityContext.runAsUser !== 0,
  'has a seccomp profile': ({ securityContext }, pod) =>
    ['RuntimeDefault', 'Localhost'].includes(
      (securityContext.seccompProfile ?? pod.securityContext.seccompProfile)?.type ?? '',
    ) && pod.securityContext.seccompProfile?.type !== 'Unconfined',
  'keeps the default AppArmor, SELinux and proc mount': ({ securityContext }, pod) =>
    [securityContext, pod.securityContext].every(
      ({ appArmorProfile, seLinuxOptions = {}, procMount }) =>
        appArmorProfile?.type !== 'Unconfined' &&
        seLinuxTypes.has(seLinuxOptions['type'] ?? '') &&
        !seLinuxOptions['user'] &&
        !seLinuxOptions['role'] &&
        (procMount ?? 'Default') === 'Default',
    ),
  'is no host process': ({ securityContext }, pod) =>
    ![securityContext, pod.securityContext].some(({ windowsOptions }) => windowsOptions?.hostProcess),
  'takes no port of the host': ({ ports }) => ports.every(({ hostPort }) => !hostPort),
  'probes no host but its own': ({ startupProbe, livenessProbe, readinessProbe, lifecycle }) =>
    [startupProbe, livenessProbe, readinessProbe, lifecycle?.preStop, lifecycle?.postStart].every(
      (handler) => !handler?.httpGet?.host && !handler?.tcpSocket?.host,
    ),
};

/** The rules that a pod breaks. */
export const podSecurityProblems = (pod: PodSpec): string[] => [
  ...Object.keys(podRules).filter((rule) => !podRules[rule]?.(pod)),
  ...containersOf(pod).flatMap((container) =>
    Object.keys(containerRules)
      .filter((rule) => !containerRules[rule]?.(container, pod))
      .map((rule) => `${container.name}: ${rule}`),
  ),
];
