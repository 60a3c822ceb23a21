import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPodLines } from './pods.ts';
import type { Summary } from './summary.ts';
import { toHtml } from './to-html.ts';
import { toMarkdown } from './to-markdown.ts';

/** Writes `report.html`, `report.md` and `summary.json`; a `pods.ndjson` in the folder becomes a plot. */
export async function writeReport(directory: string, summary: Summary): Promise<void> {
  const pods = readPodLines(join(directory, 'pods.ndjson'), Date.parse(summary.startedAt));
  writeFileSync(join(directory, 'report.html'), await toHtml(summary, pods));
  writeFileSync(join(directory, 'report.md'), toMarkdown(summary));
  writeFileSync(join(directory, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
}
