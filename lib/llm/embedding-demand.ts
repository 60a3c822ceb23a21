import type { Demand } from '#lib/admission/admission.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { CatalogueModel } from './catalogue.ts';
import { charactersPerToken } from './estimate-tokens.ts';
import { toLedgerModel } from './prices.ts';
import { worstCase } from './worst-case.ts';

/** What vectors for texts of so many bytes may come to. */
export type EmbeddingDemand = (bytes: number) => Demand;

/** Where no texts are embedded, a request counts all the same, and costs nothing. */
const nothing: Demand['model'] = { provider: 'built-in', model: 'none', kind: 'embedding', price_version: 'none' };

export const createEmbeddingDemand =
  (model: CatalogueModel | undefined, now: Clock): EmbeddingDemand =>
  (bytes) => {
    if (!model) return { tokens: Math.ceil(bytes / charactersPerToken), nanodollars: 0, model: nothing };
    const at = now();
    // Each text has the whole context for itself.
    const unbounded = { ...model, contextTokens: Infinity };
    const size = { bytes, images: 0, maxOutputTokens: 0, choices: 1 };
    return { ...worstCase([unbounded], size, at), model: toLedgerModel(model, at) };
  };
