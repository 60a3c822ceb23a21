import { existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Line } from './plot-lines.ts';

const PodsLine = v.object({ t: v.number(), function: v.string(), pods: v.number() });

const maxLines = 200_000;

/** The pods of each function over time, from lines of `{"t":ms,"function":"query","pods":3}`. */
export function toPodLines(text: string, startedAt: number): Line[] {
  const lines = new Map<string, Line>();
  for (const row of text.split('\n', maxLines).filter(Boolean)) {
    const { t, function: name, pods } = v.parse(PodsLine, JSON.parse(row));
    const line = lines.get(name) ?? { name, points: [] };
    line.points.push({ x: (t - startedAt) / 1000, y: pods });
    lines.set(name, line);
  }
  return [...lines.values()];
}

export const readPodLines = (file: string, startedAt: number): Line[] =>
  existsSync(file) ? toPodLines(readFileSync(file, 'utf8'), startedAt) : [];
