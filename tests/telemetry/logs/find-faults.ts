import * as v from 'valibot';
import { documentedEvents, documentedFields } from './documented-events.ts';

const types = {
  text: v.string(),
  number: v.pipe(v.number(), v.finite(), v.minValue(0)),
  boolean: v.boolean(),
  object: v.strictObject({ chain: v.pipe(v.array(v.string()), v.minLength(1)), stack: v.array(v.string()) }),
  any: v.unknown(),
};

const common = {
  timestamp: v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)),
  level: v.picklist(['INFO', 'WARN', 'ERROR']),
  logger: v.literal('genai_service'),
  event: v.string(),
};

const schemaOf = (field: string) => types[documentedFields.get(field) ?? 'any'];

function toSchema(event: string) {
  const { required, optional } = documentedEvents.get(event) ?? { required: [], optional: [] };
  return v.strictObject({
    ...common,
    ...Object.fromEntries(required.map((field) => [field, schemaOf(field)])),
    ...Object.fromEntries(optional.map((field) => [field, v.optional(schemaOf(field))])),
  });
}

/** What a line of the log has that the page does not tell of, or lacks. */
export function findFaults(line: Record<string, unknown>): string[] {
  const event = String(line['event']);
  if (!documentedEvents.has(event)) return [`${event} is not documented`];
  const result = v.safeParse(toSchema(event), line);
  return result.success ? [] : result.issues.map((issue) => `${event}: ${v.getDotPath(issue)}: ${issue.message}`);
}
