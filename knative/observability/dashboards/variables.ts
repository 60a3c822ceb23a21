import type { Variable } from './dashboard.ts';

/** By it two revisions of a function are compared during a rollout. */
export const revision: Variable = {
  name: 'revision',
  label: 'Revision',
  metric: 'genai_requests_total',
  values: 'revision',
  isMultiple: true,
};

export const tenant: Variable = {
  name: 'tenant',
  label: 'Tenant',
  metric: 'genai_cost_total_dollars',
  values: 'tenant',
};

export const service: Variable = {
  name: 'service',
  label: 'Function',
  metric: 'kn_revision_pods_requested',
  values: 'kn_service_name',
  isMultiple: true,
};
