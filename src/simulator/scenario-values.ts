/** A fault before the first byte of the answer. */
export const AT_ONCE = -1;

export function flag(value: string | undefined): true | undefined {
  return value === undefined ? true : undefined;
}

export function count(value: string | undefined): number | undefined {
  if (value === "endless") return Number.POSITIVE_INFINITY;
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

export function point(value: string | undefined): number | undefined {
  return value === undefined ? AT_ONCE : count(value);
}

export function text(value: string | undefined): string | undefined {
  return value;
}

export function list(value: string | undefined): readonly string[] | undefined {
  return value?.split(",").map((one) => one.trim());
}

export function optional(otherwise: string) {
  return (value: string | undefined): string => value ?? otherwise;
}

export function oneOf<const T extends string>(...words: readonly T[]) {
  return (value: string | undefined): T | undefined => words.find((word) => word === value);
}

/** A list of words, each from a closed list. */
export function someOf<const T extends string>(...words: readonly T[]) {
  return (value: string | undefined): readonly T[] | undefined => {
    const asked = list(value) ?? [];
    const known = asked.flatMap((one) => words.filter((word) => word === one));
    return known.length > 0 && known.length === asked.length ? known : undefined;
  };
}

export function json(value: string | undefined): object | undefined {
  try {
    const parsed: unknown = JSON.parse(value ?? "");
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const SCALE: Record<string, number> = {
  "": 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
};

function measured(value: string | undefined, units: readonly string[]): number | undefined {
  const [, amount, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([a-z]*)$/i.exec(value ?? "") ?? [];
  if (amount === undefined || !units.includes(unit.toLowerCase())) return undefined;
  return Number(amount) * (SCALE[unit.toLowerCase()] as number);
}

/** In milliseconds. */
export function duration(value: string | undefined): number | undefined {
  return measured(value, ["", "ms", "s", "m"]);
}

/** In bytes. */
export function size(value: string | undefined): number | undefined {
  return measured(value, ["", "b", "kb", "mb", "gb"]);
}
