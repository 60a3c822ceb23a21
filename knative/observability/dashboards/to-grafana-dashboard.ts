import type { Dashboard, Panel, Row, Variable } from './dashboard.ts';
import { toGrafanaPanel } from './to-grafana-panel.ts';

const columns = 24;
const heights = { stat: 4, timeseries: 8, table: 8, text: 8 };
const widths = { stat: 4, timeseries: 12, table: 12, text: 12 };

const toPlaced = (panel: Panel, x: number, y: number) => ({
  ...toGrafanaPanel(panel),
  gridPos: { x, y, w: panel.width ?? widths[panel.kind], h: heights[panel.kind] },
});

/** The heading of a row, then its panels from left to right, in as many lines as they need. */
function placeRow({ title, panels }: Row, top: number) {
  let [x, y, lineHeight] = [0, top + 1, 0];
  const placed = panels.map((panel) => {
    const width = panel.width ?? widths[panel.kind];
    if (x + width > columns) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const found = toPlaced(panel, x, y);
    x += width;
    lineHeight = Math.max(lineHeight, heights[panel.kind]);
    return found;
  });
  const heading = { type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y: top, w: columns, h: 1 } };
  return { panels: [heading, ...placed], bottom: y + lineHeight };
}

function placeRows(rows: readonly Row[]) {
  let top = 0;
  return rows.flatMap((row) => {
    const { panels, bottom } = placeRow(row, top);
    top = bottom;
    return panels;
  });
}

function toGrafanaVariable({ name, label, metric, values, isMultiple = false }: Variable) {
  const query = `label_values(${metric}, ${values})`;
  return {
    name,
    label,
    type: 'query',
    datasource: { type: 'prometheus', uid: 'prometheus' },
    definition: query,
    query: { query, refId: 'variable' },
    // Anew with the time range: what is gone at rest is found in the past.
    refresh: 2,
    sort: 1,
    multi: isMultiple,
    includeAll: isMultiple,
    // Also what has no such label, as off Knative.
    ...(isMultiple ? { allValue: '.*', current: { text: ['All'], value: ['$__all'] } } : {}),
  };
}

/** The dashboard in Grafana's JSON, of the classic model, which can be imported by hand as well. */
export function toGrafanaDashboard({ name, title, description, variables = [], rows }: Dashboard) {
  return {
    uid: `genai-${name}`,
    title,
    description,
    tags: ['genai-platform'],
    schemaVersion: 42,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    links: [
      {
        type: 'dashboards',
        title: 'GenAI platform',
        tags: ['genai-platform'],
        asDropdown: true,
        includeVars: false,
        keepTime: true,
      },
    ],
    annotations: { list: [] },
    templating: { list: variables.map(toGrafanaVariable) },
    panels: placeRows(rows).map((panel, index) => ({ id: index + 1, ...panel })),
  };
}
