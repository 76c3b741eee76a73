/** The normal quantile of a two-sided interval of 95 %. */
const Z = 1.959963984540054;

/** Wilson's score interval of 95 % (E. B. Wilson, JASA 22, 1927), which holds for few errors too. */
export function wilson(errors: number, of: number): { low: number; high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const share = errors / of;
  const middle = share + (Z * Z) / (2 * of);
  const half = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  const scale = 1 + (Z * Z) / of;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}
