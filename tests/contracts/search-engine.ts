import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { calm } from '#tests/support/scope.ts';
import { describeAccess } from './search-engine/access.ts';
import { describeSearching } from './search-engine/searching.ts';
import type { EngineUnderTest } from './search-engine/under-test.ts';
import { describeWriting } from './search-engine/writing.ts';

interface Adapter {
  open: () => Promise<SearchEngine>;
  hasVectors: boolean;
}

/** What every search engine must do. Run by each adapter's own test. */
export function describeSearchEngine(name: string, { open, hasVectors }: Adapter): void {
  describe(`${name} as a search engine`, () => {
    let engine: SearchEngine | undefined;
    beforeAll(async () => {
      engine = await open();
    });
    afterAll(() => engine?.close());

    const under: EngineUnderTest = {
      get engine() {
        return engine ?? expect.fail('The engine is not open yet');
      },
      hasVectors,
      async idsOf(scope, request) {
        const { hits } = await under.engine.search(scope, request, calm);
        return hits.map(({ documentId }) => documentId);
      },
    };
    describeSearching(under);
    describeAccess(under);
    describeWriting(under);
  });
}
