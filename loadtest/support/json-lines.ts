import { readFileSync } from 'node:fs';
import * as v from 'valibot';

/** The lines of a file, each of them JSON. Throws for one that is something else. */
export const readJsonLines = <Schema extends v.GenericSchema>(file: string, schema: Schema): v.InferOutput<Schema>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => v.parse(schema, JSON.parse(line)));
