/** Money is counted in whole nano-dollars: 10⁻⁹ US dollars. Exact up to 2⁵³, nine million dollars in one amount. */
const nanodollarsPerDollar = 1_000_000_000;

/** Rounded to the next nano-dollar; an amount that can't be told exactly is the largest that can. */
export const toNanodollars = (dollars: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.round(dollars * nanodollarsPerDollar));

export const toDollars = (nanodollars: number): number => nanodollars / nanodollarsPerDollar;
