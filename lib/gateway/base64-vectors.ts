import * as v from 'valibot';
import type { EmbeddingsBody } from '#lib/llm/openai-client.ts';

const VectorSchema = v.looseObject({ embedding: v.array(v.number()) });

/** 32-bit floats, little endian, as OpenAI's API has them. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

/** The vectors as base64, where the provider has not heard that they were wanted so. */
export const toBase64Vectors = (body: EmbeddingsBody): EmbeddingsBody => ({
  ...body,
  data: body.data.map((item) => (v.is(VectorSchema, item) ? { ...item, embedding: toBase64(item.embedding) } : item)),
});
