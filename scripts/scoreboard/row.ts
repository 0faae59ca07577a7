/** One test of the scoreboard: what must hold, and what shows it. */
export interface Row {
  readonly id: string;
  readonly title: string;
  /** One failure blocks a release. */
  readonly gate: boolean;
  /** When it passes. */
  readonly bar: string;
  /** Absent: nothing shows it yet. */
  readonly run?: Run;
  /** What of the bar these tests do not show: as long as there is any, the row does not pass. */
  readonly lacks?: string;
  /** Is short enough to run before every commit. */
  readonly commit?: true;
}

/** Tests that are run by `bun test`. */
export interface Run {
  readonly files: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export type Result = "pass" | "part" | "fail" | "missing";

/** A row after its run. */
export interface Scored extends Pick<Row, "id" | "title" | "gate" | "bar" | "lacks"> {
  readonly result: Result;
  readonly tests?: { readonly pass: number; readonly fail: number };
  readonly seconds?: number;
  readonly figures: readonly Figure[];
  /** Why it failed, in the words of the runner. */
  readonly why?: string;
  readonly session?: Session;
}

/** When and on what tests ran. */
export interface Session {
  readonly ranAt: string;
  readonly commit: string;
  readonly runtime: string;
  readonly tier: string;
}

/** As `test/support/figures.ts` writes them. */
export interface Figure {
  readonly row: string;
  readonly what: string;
  readonly value: number;
  readonly unit?: string;
  readonly atMost?: number;
}

/** Weighed as the scoreboard does: a gate counts three. */
export function scoreOf(rows: readonly Scored[]): string {
  const passed = rows.filter(({ result }) => result === "pass");
  const gates = (all: readonly Scored[]) => all.filter(({ gate }) => gate).length;
  const weight = (all: readonly Scored[]) => all.length + 2 * gates(all);
  const count = `${passed.length}/${rows.length} (gates ${gates(passed)}/${gates(rows)})`;
  return `${count}, weighed ${weight(passed)} of ${weight(rows)}`;
}
