import { finished, pipeline, type Readable } from 'node:stream';
import type { FairGate } from '#lib/core/fair-gate.ts';
import { toEndToEnd, type HeaderFields } from './end-to-end.ts';
import { createFinishEventStream } from './finish-event-stream.ts';
import { isFromMesh, toMeshError, toUnreachable, type MeshError } from './mesh-error.ts';
import { readStart } from './read-start.ts';
import { createTracedCall } from './traced-call.ts';
import type { Upstream, UpstreamRequest, UpstreamResponse } from './upstream.ts';

export interface ForwardDeps {
  upstream: Pick<Upstream, 'call'>;
  /** Bounds how many requests are under way, and how many of them are one caller's. */
  gate: FairGate;
}

export interface ForwardRequest extends UpstreamRequest {
  requestId: string;
  /** Told the log's word for it where the mesh, not the function, has ended the request. */
  onMeshError: (marker: string) => void;
}

export interface Forwarded {
  status: number;
  headers: HeaderFields;
  body: Readable;
}

export type Forward = (request: ForwardRequest, signal: AbortSignal) => Promise<Forwarded>;

/** What clients need not know of what stands between. */
const inside = /^(?:server|via|alt-svc|x-envoy-.*|k-.*|knative-.*)$/;
const maxMeshBytes = 4_096;

const valueOf = ({ headers }: UpstreamResponse, name: string): string => [headers[name] ?? ''].flat().join();

/** A body that can be followed event by event: neither compressed nor of a length that was promised. */
const isEventStream = (response: UpstreamResponse): boolean =>
  valueOf(response, 'content-type').startsWith('text/event-stream') &&
  response.headers['content-encoding'] === undefined &&
  response.headers['content-length'] === undefined;

function followEvents(response: UpstreamResponse, { requestId, onMeshError }: ForwardRequest): Readable {
  const isUiMessageStream = response.headers['x-vercel-ai-ui-message-stream'] !== undefined;
  const onCutOff = () => onMeshError('stream_timeout');
  // Whoever reads what it returns learns of its errors.
  return pipeline(response.body, createFinishEventStream({ requestId, isUiMessageStream, onCutOff }), () => undefined);
}

/**
 * Whoever presents the same credential. The edge has no key to check it with: a tenant with many of them has many shares, but
 * nobody can take another's. All that present none are one caller.
 */
const callerOf = ({ headers }: UpstreamRequest): string => headers['authorization']?.[0] ?? '';

/**
 * Passes a request on to its function, and the function's response back. Throws `concurrency_limited` for a caller that has
 * its share of what is under way, `overloaded`, or what the mesh's refusal means.
 */
export function createForward({ upstream, gate }: ForwardDeps): Forward {
  const call = createTracedCall(upstream);
  return async (request, signal) => {
    const fail = ({ marker, error }: MeshError): never => {
      signal.throwIfAborted();
      request.onMeshError(marker);
      throw error;
    };
    const leave = await gate.enter(callerOf(request), 1, signal);
    const response = await call(request, signal).catch((error: unknown) => {
      leave();
      return fail(toUnreachable(error));
    });
    finished(response.body, leave);
    if (isFromMesh(response.status, valueOf(response, 'content-type')))
      return fail(toMeshError(response.status, await readStart(response.body, maxMeshBytes)));
    return {
      status: response.status,
      headers: toEndToEnd(response.headers, inside),
      body: isEventStream(response) ? followEvents(response, request) : response.body,
    };
  };
}
