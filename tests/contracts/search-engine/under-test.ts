import type { NewDocument, QueryVector, SearchEngine, SearchRequest } from '#lib/retrieval/engine.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toNewDocument } from '#tests/support/documents.ts';

/** The engine that a suite asks, there once the suite has begun. */
export interface EngineUnderTest {
  readonly engine: SearchEngine;
  /** Whether chunks may carry vectors of four dimensions. */
  readonly hasVectors: boolean;
  /** The documents that a search finds, best first. */
  idsOf(scope: TenantScope, request: SearchRequest): Promise<string[]>;
}

/** Identity of what made the vectors of the suites, which have four dimensions. */
export const testEmbedder = 'test/4';

/** A document whose only chunk has the vector. */
export const toVectorDocument = (
  id: string,
  vector: readonly number[],
  changes: Partial<NewDocument> = {},
): NewDocument => {
  const document = toNewDocument(id, `text ${id}`, { embedder: testEmbedder, ...changes });
  const embedding = Float32Array.from(vector);
  return { ...document, pieces: document.pieces.map((piece) => ({ ...piece, embedding })) };
};

export const toQueryVector = (vector: readonly number[], embedder = testEmbedder): QueryVector => ({
  values: Float32Array.from(vector),
  embedder,
});

let tenants = 0;
/** A tenant that no other test uses. */
export const freshTenant = (): string => `t${Date.now().toString(36)}-${(tenants += 1)}`;
