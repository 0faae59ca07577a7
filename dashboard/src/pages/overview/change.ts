/** How something is in comparison with the time before. */
export interface Change {
  /** `+12 %` */
  readonly text: string;
  /** Whether that is good; `neutral` where more is neither good nor bad. */
  readonly tone: "good" | "bad" | "neutral";
}

/** What it means if something is more. */
export type Wish = "less" | "more" | "neither";

/** Beyond it a factor says more than a percentage. */
const MOST_PERCENT = 1000;

/** By how much of what it was; `undefined` where either is not known, or nothing was before. */
export function changeOf(now: number | null, before: number | null, wish: Wish): Change | undefined {
  if (now === null || before === null || before === 0) return undefined;
  const percent = Math.round((now / before - 1) * 100);
  if (percent === 0) return { text: "±0 %", tone: "neutral" };
  const text = percent > MOST_PERCENT ? `×${Math.round(now / before)}` : signed(percent, " %");
  return { text, tone: toneOf(percent > 0, wish) };
}

/** By how many hundredths of all: of what is a share itself. */
export function pointsOf(now: number | null, before: number | null, wish: Wish): Change | undefined {
  if (now === null || before === null) return undefined;
  const points = Math.round((now - before) * 1000) / 10;
  if (points === 0) return { text: "±0 pp", tone: "neutral" };
  return { text: signed(points, " pp"), tone: toneOf(points > 0, wish) };
}

function signed(value: number, unit: string): string {
  return `${value > 0 ? "+" : "−"}${Math.abs(value)}${unit}`;
}

function toneOf(isMore: boolean, wish: Wish): Change["tone"] {
  if (wish === "neither") return "neutral";
  return isMore === (wish === "more") ? "good" : "bad";
}
