export interface KubeCall {
  method: 'GET' | 'PATCH';
  path: string;
  query?: Record<string, string>;
  /** A JSON merge patch. */
  patch?: object;
  /** Against an outage of the server: 7 by default, half a minute. */
  tries?: number;
}

/** The API server, with the credentials of the kubeconfig or of the pod. Throws `KubeApiError`. */
export interface KubeApi {
  send(call: KubeCall, signal: AbortSignal): Promise<unknown>;
}

/** What the API server refused. */
export class KubeApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(`The API server answered ${status}: ${message}`);
    this.name = 'KubeApiError';
    this.status = status;
  }
}
