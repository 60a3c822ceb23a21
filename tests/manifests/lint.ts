import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';
import { isExcepted, LintExceptions } from './support/lint-exceptions.ts';
import { lint, linters, type Finding } from './support/linters.ts';
import { toLintable } from './support/lintable.ts';
import { parseManifests } from './support/manifest.ts';
import { overlays, renderOverlay } from './support/render-overlay.ts';

/** Runs the linters that are installed over every overlay. Fails on what no exception gives a reason for, and on exceptions nobody needs. */
const exceptions = v.parse(
  LintExceptions,
  parse(await readFile(join(import.meta.dirname, '../../knative/lint-exceptions.yaml'), 'utf8')),
);
const findings: (Finding & { overlay: string })[] = [];
const ran = new Set<string>();
const directory = await mkdtemp(join(tmpdir(), 'genai-lint-'));
try {
  for (const overlay of overlays) {
    const file = join(directory, `${overlay}.yaml`);
    await writeFile(file, toLintable(parseManifests(await renderOverlay(overlay))));
    for (const linter of linters) {
      const found = await lint(linter, process.env[linter.variable] ?? linter.name, file);
      if (found) ran.add(linter.name);
      findings.push(...(found ?? []).map((finding) => ({ ...finding, overlay })));
    }
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

const open = findings.filter((finding) => !exceptions.some((exception) => isExcepted(exception, finding)));
const unused = exceptions.filter(
  (exception) => ran.has(exception.linter) && !findings.some((finding) => isExcepted(exception, finding)),
);
for (const { overlay, linter, check, object, message } of open) {
  console.log(`${overlay}  ${linter}  ${check}  ${object}  ${message}`);
}
for (const { linter, check, objects } of unused) {
  console.log(`lint-exceptions.yaml: ${linter} ${check} ${objects.source} is no longer needed`);
}
for (const { name } of linters) if (!ran.has(name)) console.log(`${name} is not installed and was left out`);
process.exitCode = open.length + unused.length > 0 ? 1 : 0;
