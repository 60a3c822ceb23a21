import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { Context } from 'hono';
import { ApiError } from '#lib/core/api-error.ts';
import type { Forward, Forwarded } from '#lib/edge/forward.ts';
import { functionOf, functionsByPath } from '#lib/edge/routes.ts';
import { toWebBody } from '#lib/edge/to-web-body.ts';
import { toUpstreamHeaders } from '#lib/edge/upstream-headers.ts';
import { createPublicApi } from '#lib/http/create-api.ts';
import type { PublicEnvironment } from '#lib/http/environment.ts';
import type { PublicHttpKit } from '#lib/http/kit.ts';

export interface EdgeDeps {
  http: PublicHttpKit;
  forward: Forward;
}

/** A proxy needs the connection itself; a web request has lost the path as it was sent. */
function serverOf({ env }: Context<PublicEnvironment>) {
  const { incoming, outgoing } = env;
  if (!incoming || !outgoing || 'stream' in incoming) throw new Error('The edge runs behind a server of HTTP/1.1');
  return { incoming, outgoing };
}

type Incoming = ReturnType<typeof serverOf>['incoming'];

/**
 * The iterator keeps the client's connection out of it where the function answers before it has read everything.
 * Before each part the event loop turns once: such an answer is read before a write fails on its closed connection.
 */
async function* partsOf(incoming: Incoming): AsyncGenerator<Buffer> {
  for await (const part of incoming.iterator({ destroyOnReturn: false })) {
    await setImmediate();
    yield part;
  }
}

function bodyOf(incoming: Incoming): Readable | null {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = incoming.headers;
  return length === '0' && encoding === undefined ? null : Readable.from(partsOf(incoming), { objectMode: false });
}

const hasNoBody = (method: string, status: number): boolean =>
  method === 'HEAD' || status === 204 || status === 205 || status === 304;

function toResponse(c: Context<PublicEnvironment>, { status, headers, body }: Forwarded, onCut: () => void): Response {
  const pairs = Object.entries(headers).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  if (hasNoBody(c.req.method, status)) {
    body.resume();
    return new Response(null, { status, headers: pairs });
  }
  const { log, signal } = c.var;
  const isStream = headers['content-type']?.[0]?.startsWith('text/event-stream') ?? false;
  const noteEnd = () => {
    Object.assign(log, { outcome: signal.aborted ? 'aborted' : 'cut' });
    if (isStream && body.readableDidRead && !signal.aborted) onCut();
  };
  c.set(
    'done',
    finished(body)
      .catch(noteEnd)
      .then(() => undefined),
  );
  const { outgoing } = serverOf(c);
  return new Response(
    toWebBody(body, () => void outgoing.destroy()),
    { status, headers: pairs },
  );
}

export function createEdgeApp({ http, forward }: EdgeDeps) {
  const app = createPublicApi(http, 'edge');
  const countCut = () => http.metrics.truncation('mesh');
  for (const prefix of functionsByPath.keys()) {
    app.all(`${prefix}/*`, async (c) => {
      const { incoming } = serverOf(c);
      const { log, requestId, signal } = c.var;
      const target = incoming.url ?? '';
      const [path = ''] = target.split('?', 1);
      const functionName = functionOf(path);
      if (!functionName) throw new ApiError('not_found');
      log['upstream'] = functionName;
      const address = incoming.socket.remoteAddress;
      const request = {
        functionName,
        target,
        method: c.req.method,
        headers: toUpstreamHeaders(incoming.headersDistinct, { requestId, address }),
        body: bodyOf(incoming),
        requestId,
        onMeshError(marker: string) {
          Object.assign(log, { mesh_error: marker });
          if (marker === 'stream_timeout') countCut();
        },
      };
      return toResponse(c, await forward(request, signal), countCut);
    });
  }
  return app;
}
