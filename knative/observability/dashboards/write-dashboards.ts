import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allDashboards } from './all-dashboards.ts';
import { toGrafanaDashboard } from './to-grafana-dashboard.ts';

for (const dashboard of allDashboards) {
  const text = JSON.stringify(toGrafanaDashboard(dashboard));
  await writeFile(join(import.meta.dirname, `${dashboard.name}.json`), text);
}
