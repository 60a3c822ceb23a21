import type { Figures } from './figures.ts';

const toSeconds = (p95: number | undefined, digits: number): string =>
  p95 === undefined ? '-' : `${p95.toFixed(digits)} s`;

/** One line about the canary; the stable revision's figures beside those that are compared. */
export function toProgressLine(percent: number, canary: string, figures: Figures, stable: Figures): string {
  const { requests, errorRate, duration, firstToken, costPerRequest } = figures;
  const parts = [
    `${percent} %`.padEnd(5),
    canary,
    `requests ${Math.round(requests)}`,
    `errors ${(errorRate * 100).toFixed(1)} %`,
    `p95 ${toSeconds(duration.p95, 2)} (stable ${toSeconds(stable.duration.p95, 2)})`,
  ];
  if (firstToken.p95 !== undefined) parts.push(`first token p95 ${toSeconds(firstToken.p95, 2)}`);
  if (costPerRequest !== undefined) parts.push(`cost ${costPerRequest.toFixed(6)} $ a request`);
  return parts.join('  ');
}

/** All figures of one revision. */
export const toFiguresLine = (revision: string, figures: Figures): string =>
  [
    revision,
    `requests ${Math.round(figures.requests)}`,
    `errors ${Math.round(figures.errors)} (${(figures.errorRate * 100).toFixed(1)} %)`,
    `p95 ${toSeconds(figures.duration.p95, 2)}`,
    `first token p95 ${toSeconds(figures.firstToken.p95, 2)}`,
    `cost ${figures.costPerRequest === undefined ? '-' : `${figures.costPerRequest.toFixed(6)} $`} a request`,
  ].join('  ');
