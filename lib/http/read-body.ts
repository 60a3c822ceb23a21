import { ApiError } from '#lib/core/api-error.ts';

/**
 * The whole body, or `too_large` before more than `limit` bytes of it were kept. A body that stops
 * coming is ended by the server's own timeout. Throws `unsupported_media_type` for a compressed one.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    throw new ApiError('unsupported_media_type', 'A compressed body is not accepted');
  }
  const tooLarge = () =>
    new ApiError('too_large', `The body may have at most ${limit} bytes`, { headers: { connection: 'close' } });
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > limit) throw tooLarge();
  // Before `body` is looked at, for which the server would have to make a whole web request.
  if (declared > 0) return new Uint8Array(await request.arrayBuffer());
  if (!request.body) return new Uint8Array();

  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body) {
    size += part.byteLength;
    if (size > limit) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}
