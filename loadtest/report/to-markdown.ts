import type { Summary } from './summary.ts';
import { toTables, type Table } from './tables.ts';

/** What would end a cell, begin markup or pass as HTML is shown as it is. */
const escapeCell = (text: string): string =>
  text.replaceAll(/[\\`*_[\]<>|]/g, (character) => `\\${character}`).replaceAll(/\s+/g, ' ');

const toRow = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;

const toBlock = ({ title, head, rows }: Table): string =>
  [`## ${title}`, '', toRow(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(toRow), ''].join('\n');

export const toMarkdown = (summary: Summary): string =>
  [`# Load test: ${escapeCell(summary.scenario)}`, '', ...toTables(summary).map(toBlock)].join('\n');
