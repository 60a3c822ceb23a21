import { allDashboards } from '../../../knative/observability/dashboards/all-dashboards.ts';
import type { Query } from '../../../knative/observability/dashboards/dashboard.ts';

interface DashboardQuery extends Query {
  /** Its dashboard and panel. */
  at: string;
}

export const dashboardQueries: readonly DashboardQuery[] = allDashboards.flatMap((dashboard) =>
  dashboard.rows.flatMap(({ panels }) =>
    panels.flatMap((panel) =>
      panel.kind === 'text'
        ? []
        : panel.queries.map((query) => ({ at: `${dashboard.name}: ${panel.title}`, ...query })),
    ),
  ),
);

/** As Grafana sends it, with everything chosen. */
export const fillIn = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '1m').replaceAll(/\$[a-z]+/g, '.*');
