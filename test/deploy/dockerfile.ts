import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One stage of a Dockerfile. */
export interface Stage {
  readonly from: string;
  readonly env: Record<string, string>;
  /** What stands behind each instruction of that name. */
  of(instruction: string): string[];
}

/** The Dockerfile in its stages; the last is the image. @throws Error for a line that is no instruction */
export function dockerfile(): { stages: Stage[]; image: Stage } {
  const text = readFileSync(join(import.meta.dir, "../../deploy/Dockerfile"), "utf8");
  const lines = text
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: Stage[] = [];
  const said: [string, string][][] = [];
  for (const line of lines) {
    const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) throw new Error(`no instruction: ${line}`);
    if (name === "FROM") {
      const own: [string, string][] = [];
      said.push(own);
      const of = (instruction: string) => own.flatMap(([name, rest]) => (name === instruction ? [rest] : []));
      stages.push({
        from: rest,
        of,
        get env() {
          const told = of("ENV").flatMap((line) => line.split(/\s+/));
          return Object.fromEntries(told.map((pair) => pair.split("=", 2) as [string, string]));
        },
      });
    } else said.at(-1)!.push([name, rest]);
  }
  return { stages, image: stages.at(-1)! };
}
