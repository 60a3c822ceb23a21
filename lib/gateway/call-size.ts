import type { CallSize } from '#lib/llm/worst-case.ts';
import type { ChatRequest } from './chat-request.ts';
import { toPrompt, wantedOutput } from './upstream-body.ts';

export interface ChatSize extends CallSize {
  /** Of the texts alone: what is attached to them may be of any number of tokens. */
  textBytes: number;
}

type Part = Exclude<ChatRequest['messages'][number]['content'], string | null | undefined>[number];

/** Sizes of requests that are under way: a large one takes a while to measure. */
const measured = new WeakMap<ChatRequest, ChatSize>();

const partsOf = ({ messages }: ChatRequest): Part[] =>
  messages.flatMap(({ content }) => (typeof content === 'string' || !content ? [] : content));

/** The data of images, sounds and files is no text. */
function dataOf(part: Part): string {
  switch (part.type) {
    case 'image_url':
      return part.image_url.url;
    case 'input_audio':
      return part.input_audio.data;
    case 'file':
      return part.file.file_data;
    default:
      return '';
  }
}

function measure(request: ChatRequest): ChatSize {
  const parts = partsOf(request);
  const data = parts.reduce((sum, part) => sum + Buffer.byteLength(dataOf(part)), 0);
  const textBytes = Buffer.byteLength(JSON.stringify(toPrompt(request))) - data;
  const isUnknown = parts.some(({ type }) => type === 'input_audio' || type === 'file');
  return {
    textBytes,
    bytes: isUnknown ? Infinity : textBytes,
    images: parts.filter(({ type }) => type === 'image_url').length,
    maxOutputTokens: wantedOutput(request) ?? Infinity,
    choices: request.n ?? 1,
  };
}

/**
 * How large a request is. Images count by their number, not by their data; with sounds and files in it, it may be as
 * large as a model takes.
 */
export function toCallSize(request: ChatRequest): ChatSize {
  const size = measured.get(request) ?? measure(request);
  measured.set(request, size);
  return size;
}
