import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '#tests/support/process.ts';
import { parseArtilleryOutput } from '../../loadtest/report/artillery-output.ts';
import { toPodLines } from '../../loadtest/report/pods.ts';
import { toSummary } from '../../loadtest/report/summary.ts';
import { toTicks } from '../../loadtest/report/ticks.ts';
import { toHtml } from '../../loadtest/report/to-html.ts';
import { toMarkdown } from '../../loadtest/report/to-markdown.ts';
import { writeReport } from '../../loadtest/report/write-report.ts';
import { createFacts, createOutput } from './output.ts';

const markup = '<script>alert("x")</script> | **bold**';
const leak = { endpoint: 'search', tenant: 'load-1', owner: 'load-2', requestId: 'r-1', canary: 'zq' };
const toReportSummary = (url: string) =>
  toSummary(parseArtilleryOutput(JSON.stringify(createOutput())), createFacts({ url, leakReports: [leak] }));

test('the page shows what it is given as text, never as markup', async () => {
  const page = await toHtml(toReportSummary(markup), [{ name: markup, points: [{ x: 1, y: 2 }] }]);
  expect(page).not.toContain('<script');
  expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
});

test('the page needs no other file', async () => {
  const page = await toHtml(toReportSummary('http://localhost'), []);
  expect(page).not.toMatch(/<link|<script|<img|\ssrc=|@import|url\(/);
});

test('the page has every plot, the thresholds and the leaks', async () => {
  const page = await toHtml(toReportSummary('http://localhost'), [{ name: 'query', points: [{ x: 1, y: 2 }] }]);
  expect(page.match(/<svg/g)).toHaveLength(5);
  expect(page).toMatch(/<td class="fail">FAIL<\/td>/);
  expect(page).toContain('failed, 1 leaks');
  expect(page).toContain('LEAK: search of load-1 was answered with zq of load-2 (request r-1)');
});

test('a cell of the Markdown tables stays one cell of plain text', () => {
  const text = toMarkdown(toReportSummary(`${markup}\nnext`));
  expect(text).toContain(String.raw`| target | \<script\>alert("x")\</script\> \| \*\*bold\*\* next |`);
});

test('pods are drawn for each function, from the start of the run', () => {
  const rows = [
    { t: 1_000, function: 'query', pods: 0 },
    { t: 3_000, function: 'query', pods: 4 },
    { t: 3_000, function: 'search', pods: 1 },
  ];
  expect(toPodLines(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`, 1_000)).toEqual([
    {
      name: 'query',
      points: [
        { x: 0, y: 0 },
        { x: 2, y: 4 },
      ],
    },
    { name: 'search', points: [{ x: 2, y: 1 }] },
  ]);
});

test('an axis has round numbers up to its maximum', () => {
  expect(toTicks(100)).toEqual([0, 25, 50, 75, 100]);
  expect(toTicks(7)).toEqual([0, 2, 4, 6, 8]);
  expect(toTicks(0.4)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
});

test('a report is a page, a text and the figures, with the pods of the folder', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'pods.ndjson'), '{"t":1700000006000,"function":"query","pods":3}\n');
  await writeReport(directory, toReportSummary('http://localhost'));
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  expect(read('report.html')).toContain('Pods');
  expect(read('report.md')).toContain('## Thresholds');
  expect(JSON.parse(read('summary.json'))).toMatchObject({ requests: 350, leaks: 1 });
});
