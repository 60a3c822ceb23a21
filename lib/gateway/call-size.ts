import type { CallSize } from '#lib/llm/worst-case.ts';
import type { ChatRequest } from './chat-request.ts';
import { toPrompt, wantedOutput } from './upstream-body.ts';

const imagesOf = ({ messages }: ChatRequest): string[] =>
  messages.flatMap(({ content }) =>
    typeof content === 'string' || !content
      ? []
      : content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : [])),
  );

/** How large a request is. Images count by their number, not by their data. */
export function toCallSize(request: ChatRequest): CallSize {
  const images = imagesOf(request);
  const data = images.reduce((sum, url) => sum + Buffer.byteLength(url), 0);
  return {
    bytes: Buffer.byteLength(JSON.stringify(toPrompt(request))) - data,
    images: images.length,
    maxOutputTokens: wantedOutput(request) ?? Infinity,
    choices: request.n ?? 1,
  };
}
