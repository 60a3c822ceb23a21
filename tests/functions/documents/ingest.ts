import type * as v from 'valibot';
import { BatchResponse, DocumentResponse } from '#functions/documents/contract.ts';
import { SearchResponse } from '#functions/search/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform, createToken, type CallOptions, type TokenClaims } from '#tests/support/platform.ts';

export type IngestResult = v.InferOutput<typeof BatchResponse>['results'][number];

/** A platform and what its member does with documents. */
export async function createLibrary(claims: TokenClaims = {}) {
  const platform = await createTestPlatform();
  const token = await createToken(claims);
  const call = (target: string, options: CallOptions = {}) => platform.call(target, { token, ...options });

  /** The results of a batch, in whatever way its body is sent. */
  async function post(options: CallOptions): Promise<IngestResult[]> {
    const response = await call('POST /v1/documents', options);
    if (response.status !== 200) throw new Error(`The batch was refused: ${await response.text()}`);
    return (await parseBody(BatchResponse, response)).results;
  }

  return {
    ...platform,
    token,
    call,
    post,
    ingest: (...documents: unknown[]) => post({ json: { documents } }),
    ingestLines: (...lines: (string | Uint8Array)[]) =>
      post({
        body: Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])),
        headers: { 'content-type': 'application/x-ndjson' },
      }),
    textOf: async (id: string) => (await call(`GET /v1/documents/${encodeURIComponent(id)}/text`)).text(),
    find: async (id: string) => parseBody(DocumentResponse, await call(`GET /v1/documents/${encodeURIComponent(id)}`)),
    search: async (json: object) => (await parseBody(SearchResponse, await call('POST /v1/search', { json }))).hits,
  };
}

export const statusesOf = (results: readonly IngestResult[]): string[] => results.map(({ status }) => status);
export const codesOf = (results: readonly IngestResult[]): (string | undefined)[] =>
  results.map(({ error }) => error?.code);

export const toContent = (bytes: Uint8Array | string, mediaType: string) => ({
  content: Buffer.from(bytes).toString('base64'),
  media_type: mediaType,
});

export const docxType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

type FormFile = readonly [name: string, content: string | Uint8Array, type?: string];

/** A form as a browser sends it. */
export function toForm(files: readonly FormFile[], fields: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, content, type = ''] of files) {
    const part = typeof content === 'string' ? content : Uint8Array.from(content);
    form.append('file', new Blob([part], { type }), name);
  }
  return form;
}
