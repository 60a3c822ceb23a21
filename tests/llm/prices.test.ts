import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf, priceAt } from '#lib/llm/prices.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';
import { worstCase } from '#lib/llm/worst-case.ts';
import { price } from './world.ts';

const model = (id: string, rest: object = {}) =>
  ({ ...createUnpricedModel({ id, kind: 'chat' }), prices: [price], ...rest }) as const;

test('a million tokens cost what the price says', () => {
  expect(costOf(price, { input: 1_000_000, cachedInput: 0, output: 0 })).toBe(1_000_000_000);
  expect(costOf(price, { input: 1_000_000, cachedInput: 400_000, output: 1_000 })).toBe(
    600_000_000 + 100_000_000 + 3_000_000,
  );
  expect(costOf(price, { input: 0, cachedInput: 0, output: 0 })).toBe(0);
});

test('a cost is never less than it is exactly, and never a whole nano-dollar more', () => {
  const tokens = fc.nat(10_000_000);
  const dollars = fc.nat(100_000_000_000);
  fc.assert(
    fc.property(tokens, tokens, tokens, dollars, dollars, dollars, (input, cached, output, ...prices) => {
      const [inputPrice, cachedInput, outputPrice] = prices;
      const cachedTokens = Math.min(cached, input);
      const exact =
        BigInt(input - cachedTokens) * BigInt(inputPrice) +
        BigInt(cachedTokens) * BigInt(cachedInput) +
        BigInt(output) * BigInt(outputPrice);
      const cost = costOf(
        { input: inputPrice, cachedInput, output: outputPrice },
        { input, cachedInput: cached, output },
      );
      fc.pre(cost < Number.MAX_SAFE_INTEGER);
      const rest = BigInt(cost) * 1_000n - exact;
      expect(rest >= 0n && rest < 1_000n).toBe(true);
    }),
  );
});

test('each price holds from its time on, the first one from the beginning', () => {
  const prices = [
    { ...price, from: 1_000 },
    { ...price, version: 'v2', from: 2_000 },
  ] as const;
  const versions = [0, 1_000, 1_999, 2_000, 9_999].map((at) => priceAt(model('a', { prices }), at).version);
  expect(versions).toEqual(['v1', 'v1', 'v1', 'v2', 'v2']);
});

const size = { bytes: 400, images: 0, maxOutputTokens: 100, choices: 1 };

test('a worst case is never less than what the call comes to', () => {
  const count = fc.nat(10_000);
  fc.assert(
    fc.property(
      count,
      count,
      count,
      count,
      fc.integer({ min: 1, max: 16 }),
      (bytes, input, cached, output, choices) => {
        const tokens = { input: Math.min(input, bytes), cachedInput: cached, output: Math.min(output, 100) * choices };
        const { nanodollars } = worstCase([model('a')], { ...size, bytes, choices }, 0);
        expect(nanodollars).toBeGreaterThanOrEqual(costOf(price, tokens));
      },
    ),
  );
});

test('a worst case is that of the dearest model, within the limits of each, after the prompts of all tries before it', () => {
  const dear = model('dear', { prices: [{ ...price, output: 60_000_000 }], maxOutputTokens: 50 });
  expect(worstCase([model('a'), dear], size, 0)).toEqual({
    tokens: 100 + 100,
    nanodollars:
      2 * costOf(price, { input: 400, cachedInput: 0, output: 0 }) +
      costOf({ ...price, output: 60_000_000 }, { input: 800, cachedInput: 0, output: 50 }),
  });
  const short = model('short', { contextTokens: 50 });
  expect(worstCase([short], size, 0)).toEqual({
    tokens: 150,
    nanodollars: costOf(price, { input: 100, cachedInput: 0, output: 100 }),
  });
  expect(worstCase([model('a', { imageTokens: 7 })], { ...size, images: 2, choices: 3 }, 0).tokens).toBe(
    100 + 14 + 300,
  );
});

test('a price that begins while the request may last counts in the worst case', () => {
  const prices = [price, { ...price, version: 'v2', from: 60_000, input: 2_000_000 }] as const;
  const soon = worstCase([model('a', { prices })], size, 0).nanodollars;
  expect(soon).toBe(costOf({ ...price, input: 2_000_000 }, { input: 800, cachedInput: 0, output: 100 }));
});

test('a cached token that is dearer than another one is reserved for', () => {
  const prices = [{ ...price, cachedInput: 5_000_000 }] as const;
  const { nanodollars } = worstCase([model('a', { prices })], size, 0);
  expect(nanodollars).toBeGreaterThanOrEqual(costOf(prices[0], { input: 400, cachedInput: 400, output: 100 }));
});
