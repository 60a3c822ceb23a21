import * as v from 'valibot';
import { ApiError, invalidRequest } from '#lib/core/api-error.ts';
import { issueMessage } from '#lib/core/issue-message.ts';
import { parseJsonText } from '#lib/core/json-text.ts';
import { DocumentInputSchema } from './document.ts';
import { resolveMediaType } from './media-type.ts';
import type { Batch } from './parse-batch.ts';
import type { DocumentSource } from './source.ts';

const maxFiles = 200;
const limits = { depth: 32, keys: 10_000 };

/** What holds for every file of the form; `id` and `title` for a single one only. */
const { id, title, metadata, groups } = DocumentInputSchema.pipe[0].entries;
const FieldsSchema = v.strictObject({ id, title, metadata, groups });

async function readForm(contentType: string, bytes: Uint8Array): Promise<FormData> {
  try {
    return await new Response(Uint8Array.from(bytes), { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw invalidRequest('', 'must be multipart/form-data', cause);
  }
}

/** Throws `invalid_request`. */
function readField(name: string, value: string): unknown {
  if (name !== 'metadata' && name !== 'groups') return value;
  try {
    return parseJsonText(value, limits);
  } catch (error) {
    const message = error instanceof ApiError ? error.errors?.[0]?.message : undefined;
    throw invalidRequest(name, message ?? 'must be JSON');
  }
}

function readFields(form: FormData): { fields: v.InferOutput<typeof FieldsSchema>; mentions: unknown } {
  const given = [...form]
    .filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => [name, String(value)] as const);
  const repeated = given.find(([name], index) => given.findIndex(([other]) => other === name) !== index);
  if (repeated) throw invalidRequest(repeated[0], 'must be given once');
  const { tenant_id, ...values } = Object.fromEntries(given.map(([name, value]) => [name, readField(name, value)]));
  const result = v.safeParse(FieldsSchema, values);
  if (!result.success) throw invalidRequest(v.getDotPath(result.issues[0]) ?? '', issueMessage(result.issues[0]));
  return { fields: result.output, mentions: { tenant_id } };
}

/** Each `file` part is a document. Throws `invalid_request`. */
export async function parseMultipart(contentType: string, bytes: Uint8Array): Promise<Batch> {
  const form = await readForm(contentType, bytes);
  const files = [...form].flatMap(([name, value]) => (typeof value === 'string' ? [] : [{ name, file: value }]));
  if (files.some(({ name }) => name !== 'file' && name !== 'file[]'))
    throw invalidRequest('file', 'is the only name a file may have');
  if (files.length === 0 || files.length > maxFiles)
    throw invalidRequest('file', `must be there 1 to ${maxFiles} times`);
  const { fields, mentions } = readFields(form);
  if (files.length > 1 && (fields.id !== undefined || fields.title !== undefined))
    throw invalidRequest('id', 'and title can be given for a single file only');
  const sources = files.map(async ({ file }): Promise<DocumentSource> => {
    const fileName = file.name === '' ? undefined : file.name.slice(0, 500).toWellFormed();
    const content = new Uint8Array(await file.arrayBuffer());
    return {
      ...fields,
      id: fields.id,
      title: fields.title,
      fileName,
      mediaType: resolveMediaType(file.type, fileName),
      content,
    };
  });
  return { sources: await Promise.all(sources), mentions };
}
