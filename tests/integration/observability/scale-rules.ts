const units: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * The same rules in a faster world: each range, offset, interval and `for` is shorter by the factor, and nothing else differs. Figures
 * that are compared with clocks, such as a backup's age, stay.
 */
export const scaleRules = (rules: string, factor: number): string =>
  rules.replaceAll(
    /(?<=\[|\boffset |\bfor: |\binterval: )(\d+)([smhd])(?=[\]\s)])/g,
    (_, count: string, unit: string) => `${Math.round((Number(count) * 1_000 * (units[unit] ?? 1)) / factor)}ms`,
  );
