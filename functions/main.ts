import { existsSync, readdirSync } from 'node:fs';

/**
 * What the image starts: the operator's tool that the first argument names, else the function that the variable
 * FUNCTION names. It reads that one variable itself: the schema of the others would cost each cold start.
 */

const [tool] = process.argv.slice(2, 3);
const name = tool ?? process.env['FUNCTION'] ?? '';
const file = new URL(tool === undefined ? `./${name}/main.js` : `./operator/${name}.js`, import.meta.url);

function explain(): string {
  const entries = readdirSync(new URL('.', import.meta.url), { withFileTypes: true });
  const functions = entries.filter(
    (entry) => entry.isDirectory() && existsSync(new URL(`./${entry.name}/main.js`, import.meta.url)),
  );
  const tools = readdirSync(new URL('./operator/', import.meta.url)).filter((entry) => /^[a-z-]+\.js$/.test(entry));
  return [
    `FUNCTION must be one of ${functions.map((entry) => entry.name).join(', ')}`,
    `or the first argument one of ${tools.map((entry) => entry.replace('.js', '')).join(', ')}`,
  ].join(', ');
}

if (!/^[a-z]+(?:-[a-z]+)*$/.test(name) || !existsSync(file)) {
  process.stderr.write(`${explain()}\n`);
  process.exit(2);
}
process.argv.splice(2, 1);
await import(file.href);
