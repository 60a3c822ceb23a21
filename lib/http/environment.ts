import type { HttpBindings } from '@hono/node-server';
import type { Actor, TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { StreamRecorder } from './stream-recorder.ts';

/** What the middleware leaves for handlers. `log` is added to the request's one log event. */
export interface RequestVariables {
  requestId: string;
  ip: string | undefined;
  /** Of the caller's W3C trace. */
  traceId: string | undefined;
  /** Aborts when the client leaves before its answer is complete. */
  client: AbortSignal;
  /** Ends the work for the request: with the client, unless that can come back for the answer. */
  signal: AbortSignal;
  log: Record<string, unknown>;
  /** Settles when the response is sent in full; streams set it. */
  done: Promise<void> | undefined;
  /** Of the thing that is paid for once, however often it is tried; where the request has an idempotency key. */
  callId: string | undefined;
  /** Takes a stream down for those who send the request again. */
  recorder: StreamRecorder | undefined;
}

export interface PublicEnvironment {
  Bindings: Partial<HttpBindings>;
  Variables: RequestVariables;
}

export interface ActorEnvironment {
  Bindings: Partial<HttpBindings>;
  Variables: RequestVariables & { actor: Actor };
}

export interface TenantEnvironment {
  Bindings: Partial<HttpBindings>;
  Variables: RequestVariables & { actor: Actor; scope: TenantScope };
}
