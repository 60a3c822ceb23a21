import * as v from 'valibot';
import { PlainError } from '#lib/core/plain-error.ts';
import { isWord } from '#lib/core/is-word.ts';

/** An error as the log holds it. */
export interface ErrorDescription {
  /** The error and its causes: name, codes, and the message where it is our own. */
  chain: string[];
  /** Where it was thrown, innermost first. */
  stack: string[];
}

const maxCauses = 5;
const maxFrames = 8;
const framePattern = /^ {4}at (?:[\w$.<># [\]]+ \()?[\w$:/.@%+-]+:\d+:\d+\)?$/;

const Fact = v.fallback(
  v.optional(v.union([v.custom<string>(isWord), v.pipe(v.number(), v.safeInteger())])),
  undefined,
);
/** OpenSearch has its own name of an error in the body of its answer. */
const Body = v.fallback(v.optional(v.object({ error: v.object({ type: Fact }) })), undefined);
const FactsSchema = v.object({ name: Fact, code: Fact, statusCode: Fact, errcode: Fact, body: Body });

function toLine(error: Error): string {
  const { name = 'Error', code, statusCode, errcode, body } = v.parse(FactsSchema, error);
  const facts = [name, code, statusCode, errcode, body?.error.type];
  const text = facts.filter((fact) => fact !== undefined).join(' ');
  return error instanceof PlainError ? `${text}: ${error.message}` : text;
}

/** The message stands before the frames, and may look like them. */
function toFrames({ stack = '', message }: Error): string[] {
  const start = stack.indexOf(message);
  if (start === -1) return [];
  const lines = stack.slice(start + message.length).split('\n');
  return lines
    .filter((line) => framePattern.test(line))
    .slice(0, maxFrames)
    .map((line) => line.trim());
}

/**
 * What tells an operator where to look. No message of others, and no other property: a provider's, an engine's or a
 * parser's words may repeat a prompt, a document or a key.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { chain: [typeof error], stack: [] };
  const chain: string[] = [];
  for (let at: unknown = error; at instanceof Error && chain.length < maxCauses; at = at.cause) chain.push(toLine(at));
  return { chain, stack: toFrames(error) };
}
