import { html } from 'hono/html';

interface BarOptions {
  title: string;
  bars: readonly { label: string; count: number }[];
}

const [width, height] = [720, 220];
const [bottom, top] = [28, 24];

/** How many fell into each class, as inline SVG. */
export function plotBars({ title, bars }: BarOptions) {
  const max = Math.max(1, ...bars.map(({ count }) => count));
  const slot = width / Math.max(1, bars.length);
  const toHeight = (count: number) => (count / max) * (height - bottom - top);
  return html`<figure>
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
      ${bars.map(({ label, count }, index) => {
        const middle = ((index + 0.5) * slot).toFixed(1);
        const y = height - bottom - toHeight(count);
        return html`<rect
            class="bar"
            x="${(index * slot + 4).toFixed(1)}"
            y="${y.toFixed(1)}"
            width="${(slot - 8).toFixed(1)}"
            height="${toHeight(count).toFixed(1)}"
          />
          <text x="${middle}" y="${(y - 5).toFixed(1)}" text-anchor="middle">${count}</text>
          <text x="${middle}" y="${height - 8}" text-anchor="middle">${label}</text>`;
      })}
    </svg>
  </figure>`;
}
