import { type Figure, type Scored, scoreOf } from "./row.ts";

/** When and on what the tests ran. */
export interface Session {
  readonly ranAt: string;
  readonly commit: string;
  readonly runtime: string;
  readonly tier: string;
}

const SHOWN = { pass: "pass", part: "part", fail: "**fail**", missing: "–" } as const;

/** The page of the scoreboard, misses included. */
export function pageOf({ ranAt, commit, runtime }: Session, rows: readonly Scored[]): string {
  const lines = rows.map(({ id, gate, title, bar, result, tests, seconds, figures, lacks, why }) => {
    const told = [
      ...figures.map(spelled),
      ...(tests === undefined ? [] : [`${tests.pass} tests in ${seconds} s`]),
      ...(why === undefined ? [] : [why]),
      ...(lacks === undefined ? [] : [`lacks: ${lacks}`]),
    ];
    return `| ${id}${gate ? " G" : ""} | ${title} | ${bar} | ${SHOWN[result]} | ${told.join(" · ")} |`;
  });
  return `<!-- Written by scripts/scoreboard.ts. Do not edit. -->

# Scoreboard

What is promised under load, faults, crashes and attack, each as a test with a bar; **${scoreOf(rows)}**. \`npm run scoreboard\` runs all that there
is at full size and writes this page. A row passes when its tests ran, all of them passed, every figure kept its bar, and nothing
of its bar is left to show (\`lacks\`). Part: what there is passes. –: nothing shows it yet. G is a gate, which blocks a release.

Run at ${ranAt} on ${runtime}, commit ${commit}.

| | test | passes when | | what was found |
|---|---|---|---|---|
${lines.join("\n")}
`;
}

export function spelled({ what, value, unit, atMost }: Figure): string {
  const number = Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(1);
  const bar = atMost === undefined ? "" : ` (≤ ${atMost.toLocaleString("en")})`;
  return `${what}: ${number}${unit === undefined ? "" : ` ${unit}`}${bar}`;
}
