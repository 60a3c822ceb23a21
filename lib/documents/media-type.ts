import { ApiError } from '#lib/core/api-error.ts';

export type DocumentFormat = 'text' | 'markdown' | 'html' | 'pdf' | 'docx' | 'csv' | 'json' | 'ndjson';

const formats: ReadonlyMap<string, DocumentFormat> = new Map(
  Object.entries({
    'text/plain': 'text',
    'text/markdown': 'markdown',
    'text/x-markdown': 'markdown',
    'text/html': 'html',
    'application/xhtml+xml': 'html',
    'application/pdf': 'pdf',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
    'text/csv': 'csv',
    'application/csv': 'csv',
    'application/json': 'json',
    'application/x-ndjson': 'ndjson',
    'application/jsonl': 'ndjson',
  } as const),
);

const extensions: ReadonlyMap<string, string> = new Map(
  Object.entries({
    txt: 'text/plain',
    text: 'text/plain',
    md: 'text/markdown',
    markdown: 'text/markdown',
    html: 'text/html',
    htm: 'text/html',
    pdf: 'application/pdf',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    csv: 'text/csv',
    json: 'application/json',
    ndjson: 'application/x-ndjson',
    jsonl: 'application/x-ndjson',
  }),
);

/** What browsers and tools send where they don't know better. */
const unspecific = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-zip-compressed',
  'application/zip',
  'application/vnd.ms-excel',
]);

const essence = (mediaType: string | undefined): string => mediaType?.split(';')[0]?.trim().toLowerCase() ?? '';

/** The declared media type, or, where it says nothing, the one of the file's extension. */
export function resolveMediaType(declared: string | undefined, fileName: string | undefined): string {
  const type = essence(declared);
  const extension = /\.([a-z0-9]+)$/i.exec(fileName ?? '')?.[1]?.toLowerCase() ?? '';
  const known = extensions.get(extension);
  // A Markdown file arrives as text/plain from most browsers: the extension knows more.
  const isVague = unspecific.has(type) || (type === 'text/plain' && known !== undefined);
  return isVague && known !== undefined ? known : type || 'text/plain';
}

const plainFormats: ReadonlySet<DocumentFormat | undefined> = new Set(['text', 'markdown', 'csv', 'json', 'ndjson']);

/** Whether the content is its own text, which takes no time to get at. */
export const isPlainText = (mediaType: string): boolean => plainFormats.has(formats.get(essence(mediaType)));

/** Throws `unsupported_media_type`. */
export function toFormat(mediaType: string): DocumentFormat {
  const format = formats.get(essence(mediaType));
  if (format === undefined) {
    throw new ApiError('unsupported_media_type', 'Accepted are text, Markdown, HTML, PDF, DOCX, CSV and JSON');
  }
  return format;
}
