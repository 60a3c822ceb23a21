import type { Clock } from '#lib/core/clock.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { CallOutcome } from '#lib/usage/ledger-entry.ts';
import type { UsageMeter } from '#lib/usage/usage-meter.ts';
import type { ModelTarget } from './model-router.ts';
import { costOf, priceAt, toLedgerModel, type TokenUsage } from './prices.ts';

export interface CallFacts {
  tokens: TokenUsage;
  /** The tokens were counted here. */
  isEstimated: boolean;
  outcome: CallOutcome;
}

/** Whoever has no meter is not charged: the platform's own calls. */
export type MeterCall = (
  payer: { readonly usage?: UsageMeter },
  target: Pick<ModelTarget, 'model' | 'isOwnKey'>,
  facts: CallFacts,
) => void;

/** Writes down what one call of a model came to. A call with the tenant's own key has its price as well: budgets hold for it. */
export const createMeterCall =
  ({ metrics, now }: { metrics: Pick<Metrics, 'tokens'>; now: Clock }): MeterCall =>
  ({ usage }, { model, isOwnKey }, { tokens, isEstimated, outcome }) => {
    const at = now();
    metrics.tokens('input', model.id, tokens.input);
    metrics.tokens('output', model.id, tokens.output);
    usage?.record({
      ...toLedgerModel(model, at),
      input_tokens: tokens.input,
      cached_input_tokens: tokens.cachedInput,
      output_tokens: tokens.output,
      nanodollars: costOf(priceAt(model, at), tokens),
      estimated: isEstimated,
      own_key: isOwnKey,
      outcome,
    });
  };
