import * as v from 'valibot';
import { GroupsSchema } from '#lib/auth/api-key.ts';
import { MetadataSchema } from '#lib/retrieval/filter.ts';
import { maxTextLength } from './extract/extracted.ts';
import type { DocumentSource } from './source.ts';

/** A document's name within its tenant: no control characters, nothing that a path or a key reads otherwise. */
export const DocumentIdSchema = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(256),
  v.regex(
    /^(?!(?:.*\/)?\.{1,2}(?:\/|$))[\p{L}\p{N}._~@:+=,-][\p{L}\p{N} ._~@:+=,/-]*$/u,
    'must be letters, digits, spaces and . _ ~ @ : + = , / -, and no . or .. between slashes',
  ),
);

const TitleSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(500));

/** Valibot's own check is a pattern that overflows the stack at some megabytes. */
const isBase64 = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;

const Base64 = v.pipe(
  v.string(),
  v.check((text) => isBase64(text), 'must be base64'),
);

const fields = {
  title: v.optional(TitleSchema),
  text: v.optional(v.pipe(v.string(), v.maxLength(maxTextLength))),
  content: v.optional(Base64),
  media_type: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  metadata: v.optional(MetadataSchema, {}),
  groups: v.optional(GroupsSchema, []),
};

const hasOneContent = ({ text, content }: { text?: string | undefined; content?: string | undefined }): boolean =>
  (text === undefined) !== (content === undefined);
const oneContent = 'must have either text or content';

/** The body of `PUT /v1/documents/{id}`. */
export const DocumentBodySchema = v.pipe(
  v.strictObject(fields),
  v.check((input) => hasOneContent(input), oneContent),
);

/** One document of a batch. */
export const DocumentInputSchema = v.pipe(
  v.strictObject({ id: v.optional(DocumentIdSchema), ...fields }),
  v.check((input) => hasOneContent(input), oneContent),
);

export type DocumentInput = v.InferOutput<typeof DocumentInputSchema>;

export const toDocumentSource = ({
  id,
  title,
  text,
  content,
  media_type,
  metadata,
  groups,
}: DocumentInput): DocumentSource => ({
  id,
  title,
  fileName: undefined,
  mediaType: media_type ?? 'text/plain',
  content: text ?? Buffer.from(content ?? '', 'base64'),
  metadata,
  groups,
});
