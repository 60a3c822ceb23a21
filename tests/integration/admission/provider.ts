import { onTestFinished } from 'vitest';
import type { RecordedCall } from '#tests/support/upstream-call.ts';
import { startUpstream, type Reply, type ToReply, type Upstream } from '#tests/support/upstream.ts';

/** Pico-dollars a token: no call comes to a whole number of nano-dollars by itself. */
const price = { input: 333_700, output: 1_250_100 };

/** What the provider charges for the call, in nano-dollars. */
export const chargeOf = ({ billed }: RecordedCall): number =>
  Math.ceil((billed.input * price.input + billed.output * price.output) / 1_000);

export const toCatalogue = ({ url }: Pick<Upstream, 'url'>): string =>
  JSON.stringify({
    providers: [{ id: 'simulated', base_url: url }],
    models: [
      {
        id: 'simulated',
        provider: 'simulated',
        prices: [{ version: 'v1', from: '2026-01-01', input_per_million: 0.3337, output_per_million: 1.2501 }],
      },
    ],
    default_model: 'simulated',
  });

/** The simulated provider of a test. */
export async function startProvider(...replies: (Reply | ToReply)[]): Promise<Upstream> {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  upstream.reply(...replies);
  return upstream;
}
