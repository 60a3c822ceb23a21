import type { EngineCall, Transport } from './transport.ts';

/** Sends what the platform's own user may do: indices, aliases, templates. */
export type Manage = (call: EngineCall, signal: AbortSignal) => Promise<unknown>;

/** Creating an index takes seconds on a busy cluster. */
export const managing = { timeout: 20_000, tries: 2 };
export const engineTimeouts = { cluster_manager_timeout: '15s', timeout: '15s' };

export const createManage =
  (transport: Pick<Transport, 'send'>): Manage =>
  (call, signal) => {
    const query = call.method === 'GET' ? call.query : (call.query ?? engineTimeouts);
    return transport.send('platform', { ...call, ...(query ? { query } : {}) }, managing, signal);
  };
