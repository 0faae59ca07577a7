/** What charts of the overview have in common. */

/** Leads to the requests of a part of the time: Unix milliseconds. */
export type Pick = (from: number, lengthMs: number, more?: Readonly<Record<string, string>>) => void;
export type Zoom = (fromUnixSeconds: number, toUnixSeconds: number) => void;

/** Grey is for what is left over, however few the others are. */
export function colourOf(key: string, index: number): number {
  return key === "other" ? Number.POSITIVE_INFINITY : index;
}

export function seconds(ms: number): number {
  return ms / 1000;
}
