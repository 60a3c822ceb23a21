import type { Logger } from '#lib/telemetry/logger.ts';
import type { Embedder } from './embedder.ts';
import { DimensionMismatch } from './embedder-openai.ts';

const timeout = 10_000;
const nobody = { tenantId: '_platform', incarnation: '' };

/**
 * Asks the embedding model for one vector. False where it is not the model that the configuration
 * describes; one that does not answer may come later, and is checked again with every answer.
 */
export async function checkEmbedder(embedder: Embedder, logger: Logger): Promise<boolean> {
  try {
    await embedder.embed(nobody, ['dimensions'], AbortSignal.timeout(timeout));
    return true;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof DimensionMismatch) {
      logger.error({ event: 'configuration_invalid', problems: [cause.message] });
      return false;
    }
    logger.warn({ event: 'embedder_unreachable', error });
    return true;
  }
}
