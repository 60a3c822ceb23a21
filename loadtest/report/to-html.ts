import { html, raw } from 'hono/html';
import { plotBars } from './plot-bars.ts';
import { plotLines, type Line } from './plot-lines.ts';
import type { SeriesPoint } from './series.ts';
import type { Summary } from './summary.ts';
import { toTables, type Table } from './tables.ts';

const style = raw(`
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1a1b1e; }
  table { border-collapse: collapse; margin: .5rem 0 2rem; } th, td { padding: .25rem .75rem; text-align: left; border-bottom: 1px solid #dee2e6; }
  figure { margin: 0 0 2rem; } figcaption { font-weight: 600; } svg { width: 100%; font-size: 11px; fill: #495057; }
  .grid { stroke: #e9ecef; } .bar { fill: #1f6feb; } polyline { stroke-width: 1.5; }
  .legend { list-style: none; display: flex; gap: 1rem; padding: 0; margin: 0; } .legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
  .pass { color: #2b8a3e; } .fail { color: #c92a2a; font-weight: 700; }`);

const toLine = (
  name: string,
  series: readonly SeriesPoint[],
  value: (point: SeriesPoint) => number | undefined,
): Line => ({
  name,
  points: series.flatMap((point) => {
    const y = value(point);
    return y === undefined ? [] : [{ x: point.at, y }];
  }),
});

const toTable = ({ title, head, rows }: Table) =>
  html`<h2>${title}</h2>
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th>${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td class="${cell === 'FAIL' ? 'fail' : ''}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`;

const toPlots = ({ series, firstTokenBuckets }: Summary, pods: readonly Line[]) => [
  plotLines({
    title: 'Requests',
    unit: 'per second',
    lines: [toLine('requests', series, ({ requestsPerSecond }) => requestsPerSecond)],
  }),
  plotLines({
    title: 'Latency, of streams to the first token',
    unit: 'ms',
    lines: [
      toLine('p50', series, ({ p50 }) => p50),
      toLine('p95', series, ({ p95 }) => p95),
      toLine('p99', series, ({ p99 }) => p99),
    ],
  }),
  plotLines({
    title: 'Errors',
    unit: 'per second',
    lines: [toLine('errors', series, ({ errorsPerSecond }) => errorsPerSecond)],
  }),
  plotBars({ title: 'Streams by time to their first token', bars: firstTokenBuckets }),
  ...(pods.length > 0 ? [plotLines({ title: 'Pods', unit: 'of each function', lines: pods })] : []),
];

/** The report as one file that needs no other. */
export async function toHtml(summary: Summary, pods: readonly Line[]): Promise<string> {
  const isPassed = summary.thresholds.every(({ isMet }) => isMet);
  const verdict = isPassed ? 'passed' : 'failed';
  const page = await html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>Load test: ${summary.scenario}</title>
      <style>
        ${style}
      </style>
      <h1>
        Load test: ${summary.scenario}
        <span class="${isPassed ? 'pass' : 'fail'}">${verdict}, ${summary.leaks} leaks</span>
      </h1>
      ${toTables(summary).map(toTable)} ${toPlots(summary, pods)}
    </html> `;
  return page.toString();
}
