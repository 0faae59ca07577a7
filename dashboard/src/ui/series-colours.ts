const NAMES = ["c1", "c2", "c3", "c4", "c5", "c6", "c7"] as const;

/** The colour of the nth of several, as a custom property: light and dark have their own. What is left over is grey. */
export function seriesColour(index: number): string {
  return `var(--${NAMES[index] ?? "c8"})`;
}
