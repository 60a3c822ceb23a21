/** A label for each of the first `max` values, and one for all others: a series is never given up again. */
export function createCappedLabel(max: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.size < max) known.add(value);
    return known.has(value) ? value : 'other';
  };
}
