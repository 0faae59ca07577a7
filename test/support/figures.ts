import { appendFileSync } from "node:fs";

/** Whether the scoreboard runs, and wants everything at the size that it promises. */
export const FULL = process.env.HEADGATE_SCOREBOARD === "full";

/** So many in `npm test`, and as many as the scoreboard promises where that is what runs. */
export function sized(short: number, full: number): number {
  return FULL ? full : short;
}

/** What a run found out. `atMost` is the bar that it must not pass: only the scoreboard judges it, for machines are not alike. */
export interface Figure {
  readonly row: string;
  readonly what: string;
  readonly value: number;
  readonly unit?: string;
  readonly atMost?: number;
}

/** Hands a figure to the scoreboard, where that is what runs. */
export function tell(figure: Figure): void {
  const file = process.env.HEADGATE_FIGURES;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(figure)}\n`);
}

/** The value below which so large a share of all lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
