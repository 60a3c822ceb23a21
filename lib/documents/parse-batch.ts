import * as v from 'valibot';
import { ApiError, invalidRequest } from '#lib/core/api-error.ts';
import { issueMessage } from '#lib/core/issue-message.ts';
import { decodeUtf8, parseJsonText } from '#lib/core/json-text.ts';
import { DocumentInputSchema, toDocumentSource } from './document.ts';
import { parseMultipart } from './parse-multipart.ts';
import type { DocumentSource, RejectedSource } from './source.ts';

/** Most documents of one request. */
const maxBatch = 1_000;
const batchLimits = { depth: 32, keys: 200_000 };
const lineLimits = { depth: 32, keys: 10_000 };

export interface Batch {
  sources: (DocumentSource | RejectedSource)[];
  /** All that the request said of itself beside the documents' content; may name a tenant. */
  mentions: unknown;
}

const BatchSchema = v.looseObject({ documents: v.pipe(v.array(v.unknown()), v.minLength(1), v.maxLength(maxBatch)) });

function idOf(input: unknown, position: number): string {
  const id = input !== null && typeof input === 'object' && 'id' in input ? input.id : undefined;
  return typeof id === 'string' && id !== '' ? id.slice(0, 256).toWellFormed() : `#${position + 1}`;
}

/** A document that breaks a rule is rejected by itself. The tenant's own name may stand beside its fields. */
function toSource(input: unknown, position: number): DocumentSource | RejectedSource {
  const { tenant_id: _, ...fields } =
    input !== null && typeof input === 'object' ? { tenant_id: undefined, ...input } : { tenant_id: undefined };
  const result = v.safeParse(DocumentInputSchema, fields);
  if (result.success) return toDocumentSource(result.output);
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const code = path === 'text' && issue.type === 'max_length' ? 'too_large' : 'invalid_request';
  return {
    id: idOf(input, position),
    rejection: new ApiError(code, `${path === null ? '' : `${path}: `}${issueMessage(issue)}`),
  };
}

function parseJsonBatch(bytes: Uint8Array): Batch {
  const body = parseJsonText(decodeUtf8(bytes), batchLimits);
  const result = v.safeParse(BatchSchema, body);
  if (!result.success) throw invalidRequest('documents', `must be a list of 1 to ${maxBatch} documents`);
  const { documents, tenant_id: _, ...unknown } = result.output;
  const [field] = Object.keys(unknown);
  if (field !== undefined) throw invalidRequest(field, 'is not a known field');
  return { sources: documents.map(toSource), mentions: body };
}

const lineFeed = 0x0a;

/** The lines that hold anything, as bytes: one that is not UTF-8 is no reason to refuse the rest. */
function toLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(lineFeed, start);
    const end = found === -1 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    if (line.some((byte) => byte > 0x20)) lines.push(line);
    if (lines.length > maxBatch) break;
    start = end + 1;
  }
  return lines;
}

function parseNdjsonBatch(bytes: Uint8Array): Batch {
  const lines = toLines(bytes);
  if (lines.length === 0 || lines.length > maxBatch) throw invalidRequest('', `must have 1 to ${maxBatch} lines`);
  const inputs = lines.map((line, position) => parseLine(line, position));
  const sources = inputs.map((input, position) => ('rejection' in input ? input : toSource(input.value, position)));
  return { sources, mentions: inputs.map((input) => ('value' in input ? input.value : undefined)) };
}

function parseLine(line: Uint8Array, position: number): { value: unknown } | RejectedSource {
  try {
    return { value: parseJsonText(decodeUtf8(line), lineLimits) };
  } catch (error) {
    const message = error instanceof ApiError ? (error.errors?.[0]?.message ?? error.message) : 'must be JSON';
    return {
      id: `#${position + 1}`,
      rejection: new ApiError('invalid_request', `The line ${message}`, { cause: error }),
    };
  }
}

/** The documents of a request's body. Throws `invalid_request`, `unsupported_media_type`. */
export async function parseBatch(contentType: string, bytes: Uint8Array): Promise<Batch> {
  switch (contentType.split(';')[0]?.trim().toLowerCase()) {
    case 'application/json':
      return parseJsonBatch(bytes);
    case 'application/x-ndjson':
    case 'application/ndjson':
      return parseNdjsonBatch(bytes);
    case 'multipart/form-data':
      return parseMultipart(contentType, bytes);
    default:
      throw new ApiError(
        'unsupported_media_type',
        'The body must be application/json, application/x-ndjson or multipart/form-data',
      );
  }
}
