/** An integer from 0 to below the limit. */
export type RandomInt = (limit: number) => number;

/** One of the values; throws where there is none. */
export function pick<Value>(values: readonly Value[], randomInt: RandomInt): Value {
  const value = values[randomInt(Math.max(1, values.length))];
  if (value === undefined) throw new Error('There is nothing to pick from');
  return value;
}
