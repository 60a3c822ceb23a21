import * as v from 'valibot';

const maxInputs = 2_048;
const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(1_000_000));
const Tokens = v.pipe(
  v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  v.minLength(1),
  v.maxLength(100_000),
);

/** A request for embeddings as OpenAI's API has it; as with chats, what is not known here is refused. */
export const EmbeddingsRequestSchema = v.strictObject({
  model: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  input: v.union([
    Text,
    v.pipe(v.array(Text), v.minLength(1), v.maxLength(maxInputs)),
    Tokens,
    v.pipe(v.array(Tokens), v.minLength(1), v.maxLength(maxInputs)),
  ]),
  dimensions: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))),
  encoding_format: v.nullish(v.picklist(['float', 'base64'])),
  user: v.nullish(v.pipe(v.string(), v.maxLength(512))),
});

export type EmbeddingsRequest = v.InferOutput<typeof EmbeddingsRequestSchema>;

/** Bytes of what is to be embedded. Written as JSON, a token takes more than one of them. */
export const inputBytes = ({ input }: EmbeddingsRequest): number => Buffer.byteLength(JSON.stringify(input));
