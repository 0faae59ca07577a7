/** One line of the result. Absent columns were not measured. */
export interface Figure {
  name: string;
  unit: string;
  direct?: number;
  nginx?: number;
  gateway: number;
  /** Gateway over nginx, the median of adjacent pairs. */
  ratio?: number;
  /** What the ratio, or else the figure, must not pass. */
  bar?: number;
}

/** The figures as a table for people. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, direct, nginx, gateway, ratio, bar }) => [
    unit === "" ? name : `${name} (${unit})`,
    show(direct),
    show(nginx),
    show(gateway),
    ratio === undefined ? "" : `${ratio.toFixed(2)} ×`,
    bar === undefined ? "" : `≤ ${bar}${ratio === undefined ? "" : " ×"}`,
    bar === undefined ? "" : (ratio ?? gateway) <= bar ? "holds" : "MISSED",
  ]);
  const all = [["", "direct", "nginx", "headgate", "ratio", "bar", ""], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join("  "),
    )
    .join("\n");
}

function show(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 1000 ? Math.round(value).toLocaleString("en") : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
