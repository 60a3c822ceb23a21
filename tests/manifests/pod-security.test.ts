import * as v from 'valibot';
import { describe, expect, inject, test } from 'vitest';
import { podSecurityProblems } from './support/pod-security.ts';
import { containersOf, PodTemplate } from './support/pod-template.ts';
import { overlays } from './support/render-overlay.ts';
import { toWorkloads, type Workload } from './support/workload.ts';

const restricted = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const problemsOf = (spec: object, securityContext: object = {}, container: object = {}): string[] =>
  podSecurityProblems(
    v.parse(PodTemplate, {
      spec: {
        containers: [
          { name: 'app', image: 'app:1', securityContext: { ...restricted, ...securityContext }, ...container },
        ],
        ...spec,
      },
    }).spec,
  );

describe('the level restricted', () => {
  test('accepts a pod that sets what it asks for', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({}, { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })).toEqual([]);
  });

  test('takes the pod for a container that is silent, and a container before its pod', () => {
    const silent = { runAsNonRoot: undefined, seccompProfile: undefined };
    const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    expect(problemsOf({ securityContext }, silent)).toEqual([]);
    expect(problemsOf({ securityContext }, { runAsNonRoot: false })).toEqual(['app: runs as non-root']);
  });

  test.each([
    [{ hostNetwork: true }],
    [{ hostPID: true }],
    [{ hostIPC: true }],
    [{ volumes: [{ name: 'host', hostPath: { path: '/' } }] }],
    [{ volumes: [{ name: 'share', nfs: { server: 'a', path: '/' } }] }],
    [{ securityContext: { sysctls: [{ name: 'vm.max_map_count', value: '262144' }] } }],
    [{ securityContext: { runAsUser: 0 } }],
    [{ securityContext: { seccompProfile: { type: 'Unconfined' } } }],
    [{ initContainers: [{ name: 'chown', image: 'app:1' }] }],
  ])('refuses the pod %j', (spec) => {
    expect(problemsOf(spec)).not.toEqual([]);
  });

  test.each([
    [{ privileged: true }],
    [{ allowPrivilegeEscalation: undefined }],
    [{ runAsNonRoot: undefined }],
    [{ runAsUser: 0 }],
    [{ capabilities: undefined }],
    [{ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }],
    [{ seccompProfile: undefined }],
    [{ seccompProfile: { type: 'Unconfined' } }],
    [{ procMount: 'Unmasked' }],
    [{ appArmorProfile: { type: 'Unconfined' } }],
    [{ seLinuxOptions: { type: 'spc_t' } }],
    [{ windowsOptions: { hostProcess: true } }],
  ])('refuses the container %j', (securityContext) => {
    expect(problemsOf({}, securityContext)).toHaveLength(1);
  });

  test('refuses ports and probes of the host', () => {
    const container = {
      ports: [{ containerPort: 80, hostPort: 80 }],
      livenessProbe: { httpGet: { port: 80, host: '127.0.0.1' } },
    };
    expect(problemsOf({}, {}, container)).toHaveLength(2);
  });
});

const resources = ['cpu', 'memory'];

describe.each(overlays)('overlay %s', (overlay) => {
  const workloads = toWorkloads(inject('overlays')[overlay]);

  test('has workloads to check', () => {
    expect(workloads.length).toBeGreaterThan(8);
  });

  test.each(workloads)('$kind $name passes restricted', ({ template }) => {
    expect(podSecurityProblems(template.spec)).toEqual([]);
  });

  test.each(workloads)(
    '$kind $name has a read-only root, its profile at the default, requests and limits',
    (workload) => {
      for (const { name, securityContext, resources: given } of containersOf(workload.template.spec)) {
        expect(securityContext, name).toMatchObject({ readOnlyRootFilesystem: true });
        const profile = securityContext.seccompProfile ?? workload.template.spec.securityContext.seccompProfile;
        expect(profile, name).toEqual({ type: 'RuntimeDefault' });
        expect(Object.keys(given.requests), name).toEqual(expect.arrayContaining(resources));
        expect(Object.keys(given.limits), name).toEqual(expect.arrayContaining(resources));
      }
    },
  );

  test.each(workloads)('$kind $name names its images by tag or digest', ({ template }) => {
    for (const { image } of containersOf(template.spec)) {
      expect(image).toMatch(/^[\w.:/-]+(:[\w.-]+|@sha256:[\da-f]{64})$/);
      expect(image).not.toMatch(/:latest$/);
    }
  });

  test.each(workloads)('$kind $name has no token of the API server', ({ template }) => {
    expect(template.spec.automountServiceAccountToken).toBe(false);
  });

  test('each function and each engine has an account of its own, and no job shares one with them', () => {
    const accountsOf = (found: Workload[]) => found.map(({ template }) => template.spec.serviceAccountName);
    const jobs = accountsOf(workloads.filter(({ kind }) => kind.endsWith('Job')));
    const others = accountsOf(workloads.filter(({ kind }) => !kind.endsWith('Job')));
    for (const account of [...others, ...jobs]) expect(account).toMatch(/^(?!default$)./);
    expect(new Set(others).size).toBe(others.length);
    expect(others.filter((account) => jobs.includes(account))).toEqual([]);
  });
});
