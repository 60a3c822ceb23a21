import { html } from 'hono/html';
import { toTicks } from './ticks.ts';

export interface Line {
  name: string;
  points: { x: number; y: number }[];
}

interface PlotOptions {
  title: string;
  unit: string;
  lines: readonly Line[];
}

const [width, height] = [720, 240];
const [left, right, top, bottom] = [56, 12, 12, 28];
const colours = ['#1f6feb', '#d97706', '#c2255c', '#2b8a3e', '#7048e8', '#0b7285', '#5c5f66'];

/** Lines over the seconds of a run, as inline SVG. */
export function plotLines({ title, unit, lines }: PlotOptions) {
  const points = lines.flatMap((line) => line.points);
  const maxX = Math.max(1, ...points.map(({ x }) => x));
  const yTicks = toTicks(Math.max(1, ...points.map(({ y }) => y)));
  const maxY = yTicks.at(-1) ?? 1;
  const toX = (x: number) => (left + (Math.max(0, x) / maxX) * (width - left - right)).toFixed(1);
  const toY = (y: number) => (height - bottom - (y / maxY) * (height - top - bottom)).toFixed(1);
  const colour = (index: number) => colours[index % colours.length];
  return html`<figure>
    <figcaption>${title} <small>(${unit})</small></figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
      ${yTicks.map(
        (tick) =>
          html`<line class="grid" x1="${left}" x2="${width - right}" y1="${toY(tick)}" y2="${toY(tick)}" />
            <text x="${left - 6}" y="${toY(tick)}" dy="4" text-anchor="end">${tick}</text>`,
      )}
      ${toTicks(maxX)
        .filter((tick) => tick <= maxX)
        .map((tick) => html`<text x="${toX(tick)}" y="${height - 8}" text-anchor="middle">${tick} s</text>`)}
      ${lines.map(
        ({ name, points: own }, index) =>
          html`<polyline
              fill="none"
              stroke="${colour(index)}"
              points="${own.map(({ x, y }) => `${toX(x)},${toY(y)}`).join(' ')}"
            />${own.map(
              ({ x, y }) =>
                html`<circle cx="${toX(x)}" cy="${toY(y)}" r="2.5" fill="${colour(index)}">
                  <title>${name} at ${Math.round(x)} s: ${y.toFixed(1)}</title>
                </circle>`,
            )}`,
      )}
    </svg>
    <ul class="legend">
      ${lines.map(({ name }, index) => html`<li><i style="background:${colour(index)}"></i>${name}</li>`)}
    </ul>
  </figure>`;
}
