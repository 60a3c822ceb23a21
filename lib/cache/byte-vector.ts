/** A direction in a quarter of the bytes: each number becomes one of 255 steps between the largest and its negative. */
export function toByteVector(values: Float32Array): Int8Array {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Int8Array.from(values, (value) => (largest === 0 ? 0 : Math.round((value / largest) * 127)));
}

export const encodeByteVector = (vector: Int8Array): string => Buffer.from(vector).toString('base64');

export const decodeByteVector = (text: string): Int8Array => Int8Array.from(Buffer.from(text, 'base64'));

/** The cosine of the angle between them; 0 where one is without direction, or they are of different spaces. */
export function cosine(a: Float32Array, b: Int8Array): number {
  if (a.length !== b.length) return 0;
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    dot += value * other;
    lengthA += value * value;
    lengthB += other * other;
  }
  return lengthA === 0 || lengthB === 0 ? 0 : dot / Math.sqrt(lengthA * lengthB);
}
