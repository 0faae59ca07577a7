/** More than this in nanodollars is no number of a double's any more: nine million dollars. */
export const MOST_USD = 9_000_000;

const DECIMAL = /^(\d{1,12})(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Dollars as somebody wrote them, a number or a text of one, in nanodollars. No float is computed with.
 * @returns `undefined` for what is no amount: negative, with more than nine decimals, beyond {@link MOST_USD}
 */
export function nanodollarsOf(value: unknown): number | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  // Of a number, the shortest text that means it is what was written.
  const parts = DECIMAL.exec(String(value));
  if (parts === null) return undefined;
  const [, whole = "", decimals = "", exponent = "0"] = parts;
  const point = whole.length + Number(exponent) + 9;
  if (point > 40) return undefined;
  const digits = (whole + decimals).padEnd(point, "0");
  const kept = point <= 0 ? "0" : digits.slice(0, point);
  const rest = point <= 0 ? digits : digits.slice(point);
  if (/[1-9]/.test(rest)) return undefined;
  const nano = BigInt(kept);
  return nano > BigInt(MOST_USD) * 1_000_000_000n ? undefined : Number(nano);
}
