import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { ProvidedContext } from 'vitest';
import { clusterEnvironment } from './environment.ts';
import { findFreePort } from '#tests/support/free-port.ts';
import { kubectl } from './kubectl.ts';

/** Ports of this machine that the cluster calls: each file of tests listens there for itself. */
export interface MachinePorts {
  /** Where functions look for their model. */
  model: number;
  /** Where Alertmanager tells of alerts. */
  receiver: number;
}

declare module 'vitest' {
  export interface ProvidedContext {
    ports: MachinePorts;
    /** Seconds from `kubectl apply` until everything was ready. */
    readyAfter: number;
  }
}

/** An overlay over knative/overlays/test, with the image under test and other settings; gone when the work is done. */
export async function applyOverlay(ports: MachinePorts, settings: Record<string, string> = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'overlay-'));
  const [name, tag] = clusterEnvironment.TEST_CLUSTER_IMAGE.split(':');
  const kustomization = {
    resources: [relative(folder, 'knative/overlays/test')],
    images: [{ name: 'dev.local/genai-platform', newName: name, newTag: tag }],
    configMapGenerator: [
      {
        name: 'genai-config',
        namespace: 'genai-platform',
        behavior: 'merge',
        literals: Object.entries({ ...modelSettings(ports.model), ...settings }).map(
          ([key, value]) => `${key}=${value}`,
        ),
      },
    ],
    secretGenerator: [
      {
        name: 'genai-secrets',
        namespace: 'genai-platform',
        behavior: 'merge',
        literals: [`ALERT_RECEIVERS=${toReceivers(ports.receiver)}`],
      },
    ],
  };
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
  try {
    await kubectl('apply', '--kustomize', folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A tenth of a cent for a thousand tokens in, a cent for a thousand out. */
const prices = [{ version: 'test', from: '2026-01-01', input_per_million: 1, output_per_million: 10 }];

export const modelSettings = (port: number): Record<string, string> => ({
  LLM_CATALOG: JSON.stringify({
    providers: [{ id: 'simulator', base_url: `http://${clusterEnvironment.TEST_CLUSTER_HOST}:${port}/v1` }],
    models: [{ id: 'simulated', provider: 'simulator', prices }],
  }),
});

const toReceivers = (port: number): string => {
  const hooks = [{ url: `http://${clusterEnvironment.TEST_CLUSTER_HOST}:${port}` }];
  return JSON.stringify(['page', 'notify'].map((name) => ({ name, webhook_configs: hooks })));
};

/** Has Knative's autoscaler tell what it does, as docs/operations/install.md prepares it. */
async function exposeAutoscaler(): Promise<void> {
  const settings = JSON.stringify({ data: { 'metrics-protocol': 'prometheus' } });
  const knative = ['--namespace', 'knative-serving'];
  await kubectl(...knative, 'patch', 'configmap', 'config-observability', '--type=merge', `--patch=${settings}`);
  await kubectl(...knative, 'rollout', 'restart', 'deployment', 'autoscaler');
  await kubectl(...knative, 'rollout', 'status', 'deployment', 'autoscaler', '--timeout=120s');
}

/** Has Kourier's gateway write down who its clients are, as docs/operations/install.md prepares it. */
async function showClients(): Promise<void> {
  const gateway = JSON.stringify({ spec: { externalTrafficPolicy: 'Local' } });
  await kubectl('--namespace', 'kourier-system', 'patch', 'service', 'kourier', `--patch=${gateway}`);
  const settings = JSON.stringify({ data: { 'use-remote-address': 'true' } });
  const knative = ['--namespace', 'knative-serving'];
  await kubectl(...knative, 'patch', 'configmap', 'config-kourier', '--type=merge', `--patch=${settings}`);
}

/** Installs the platform as its users do, on a cluster that has never seen it, and waits until it is ready. */
export async function setup({
  provide,
}: {
  provide: <Key extends 'ports' | 'readyAfter'>(key: Key, value: ProvidedContext[Key]) => void;
}): Promise<void> {
  await exposeAutoscaler();
  await showClients();
  const started = performance.now();
  const ports = { model: await findFreePort(), receiver: await findFreePort() };
  await applyOverlay(ports);
  const ready = ['wait', '--timeout=240s', '--for=condition=Ready'];
  await kubectl(...ready, 'services.serving.knative.dev', '--all');
  for (const name of ['redis', 'opensearch', 'prometheus', 'alertmanager'])
    await kubectl('rollout', 'status', `statefulset/${name}`, '--timeout=240s');
  await kubectl('rollout', 'status', 'deployment/jaeger', '--timeout=240s');
  provide('ports', ports);
  provide('readyAfter', (performance.now() - started) / 1000);
}
