import { createCircuitBreaker } from '#lib/core/circuit-breaker.ts';
import { searchUnavailable } from '#lib/retrieval/opensearch/errors.ts';
import { createTransport, type Transport, type TransportOptions } from '#lib/retrieval/opensearch/transport.ts';

/** The way to a node, without credentials unless told otherwise. */
export const createTestTransport = (options: Partial<TransportOptions> & { url: string }): Transport =>
  createTransport({
    username: undefined,
    password: undefined,
    authority: undefined,
    mintTenantToken: undefined,
    createBreaker: (probe, isFailure) =>
      createCircuitBreaker({ probe, isFailure, refuse: searchUnavailable, onState: () => undefined }),
    ...options,
  });
