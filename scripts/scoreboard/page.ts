import { type Figure, type Scored, scoreOf } from "./row.ts";

const SHOWN = { pass: "pass", part: "part", fail: "**fail**", missing: "–" } as const;

/** The page of the scoreboard, misses included. */
export function pageOf(rows: readonly Scored[]): string {
  const lines = rows.map(({ id, gate, title, bar, result, tests, seconds, figures, lacks, why, session }) => {
    const told = [
      ...figures.map(spelled),
      ...(tests === undefined ? [] : [`${tests.pass} tests in ${seconds} s`]),
      ...(why === undefined ? [] : [why]),
      ...(lacks === undefined ? [] : [`lacks: ${lacks}`]),
    ];
    return `| ${id}${gate ? " G" : ""} | ${title} | ${bar} | ${SHOWN[result]} | ${told.join(" · ")} | ${session === undefined ? "" : `${session.commit}, ${session.ranAt.slice(0, 10)}`} |`;
  });
  return `<!-- Written by scripts/scoreboard.ts. Do not edit. -->

# Scoreboard

What is promised under load, faults, crashes and attack, each as a test with a bar; **${scoreOf(rows)}**. \`npm run scoreboard\` runs all that there
is at full size and writes this page, \`npm run scoreboard -- --only M1,U4\` some of it. A row passes when its tests ran, all of them passed, every figure kept its bar, and nothing
of its bar is left to show (\`lacks\`). Part: what there is passes. –: nothing shows it yet. G is a gate, which blocks a release.

| | test | passes when | | what was found | at |
|---|---|---|---|---|---|
${lines.join("\n")}
`;
}

export function spelled({ what, value, unit, atMost }: Figure): string {
  const number = Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(1);
  const bar = atMost === undefined ? "" : ` (≤ ${atMost.toLocaleString("en")})`;
  return `${what}: ${number}${unit === undefined ? "" : ` ${unit}`}${bar}`;
}
