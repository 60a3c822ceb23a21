import type { SeriesCatalogue } from './series-catalogue.ts';

/** Of Knative's autoscaler: https://knative.dev/docs/serving/observability/metrics/serving-metrics/#autoscaler */
const ofRevisions = [
  'kn_revision_pods_requested',
  'kn_revision_pods_count',
  'kn_revision_pods_not_ready_count',
  'kn_revision_pods_pending_count',
  'kn_revision_pods_terminating_count',
  'kn_revision_pods_desired',
  'kn_revision_capacity_excess',
  'kn_revision_concurrency_stable',
  'kn_revision_concurrency_panic',
  'kn_revision_concurrency_target',
  'kn_revision_panic_mode',
];

const withLabels = (names: string[], labels: string[]) =>
  names.map((name) => [name, new Map(labels.map((label) => [label, undefined]))] as const);

/** What others expose, and Prometheus scrapes where they run. */
export const foreignMetrics: SeriesCatalogue = new Map([
  ...withLabels(ofRevisions, ['kn_service_name', 'kn_configuration_name', 'kn_revision_name', 'k8s_namespace_name']),
  // https://cert-manager.io/docs/devops-tips/prometheus-metrics/
  ...withLabels(['certmanager_certificate_expiration_timestamp_seconds'], ['name', 'namespace']),
]);
