/** Whole nano-dollars as dollars, exact and without an exponent: `0.00000025`. */
export function formatDollars(nanodollars: number): string {
  const digits = String(nanodollars).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${fraction}`;
}
