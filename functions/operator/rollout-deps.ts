import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { createAwaitRevision } from '#lib/rollout/await-revision.ts';
import { callHttp } from '#lib/rollout/call-http.ts';
import { createTakeClaim } from '#lib/rollout/claim.ts';
import { createEditService } from '#lib/rollout/edit-service.ts';
import { createKubeApi } from '#lib/rollout/kube-api-client.ts';
import { createPrometheusMeasure } from '#lib/rollout/measure-prometheus.ts';
import { createPrometheus, createProxiedPrometheus } from '#lib/rollout/prometheus.ts';
import { createRollout } from '#lib/rollout/rollout.ts';
import { createKubernetesServices } from '#lib/rollout/services-kubernetes.ts';
import { createShiftTraffic } from '#lib/rollout/shift-traffic.ts';
import { smokeRequests } from '#lib/rollout/smoke-requests.ts';
import { createSmoke } from '#lib/rollout/smoke.ts';
import type { Timing } from '#lib/rollout/timing.ts';
import { createWatchStep } from '#lib/rollout/watch-step.ts';
import type { RolloutArguments } from './rollout-arguments.ts';

const timing: Timing = {
  now: Date.now,
  wait: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
};
const routeTimeout = 60_000;

/** The cluster that KUBECONFIG, or the pod's own account, names. */
export function createCluster(namespace: string) {
  const config = new KubeConfig();
  config.loadFromDefault();
  const api = createKubeApi({ config, call: callHttp, timing });
  const services = createKubernetesServices(api, namespace);
  return { api, services, edit: createEditService({ services, timing }) };
}

type Options = Extract<RolloutArguments, { command: 'rollout' }>;

export function createClusterRollout(options: Options, token: string | undefined, report: (line: string) => void) {
  const { api, services, edit } = createCluster(options.namespace);
  const pollEvery = options['poll-seconds'] * 1000;
  const query =
    options.prometheus === undefined
      ? createProxiedPrometheus(api, options.namespace)
      : createPrometheus(options.prometheus, callHttp);
  const smoke = createSmoke({
    call: callHttp,
    timing,
    ingress: options.ingress,
    requests: smokeRequests[options.service],
    token,
  });
  const watchStep = createWatchStep({
    measure: createPrometheusMeasure(query),
    smoke,
    timing,
    pace: { pollEvery, stepLasts: options['step-seconds'] * 1000, stepTimeout: options['step-timeout'] * 1000 },
    bounds: {
      maxErrorRate: options['max-error-rate'],
      maxLatency: options['max-latency'],
      minRequests: options['min-requests'],
    },
    report,
  });
  return createRollout({
    takeClaim: createTakeClaim({ services, edit, timing, holder: `${hostname()}-${randomUUID().slice(0, 8)}` }),
    awaitRevision: createAwaitRevision({ services, timing, pollEvery, timeout: options.timeout * 1000 }),
    shift: createShiftTraffic({ services, timing, timeout: routeTimeout }),
    smoke,
    watchStep,
    timing,
    report,
  });
}
