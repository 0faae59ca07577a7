import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, DIRECT, ROOT } from "./process.ts";

/** What a program keeps once its garbage is collected. */
export interface Kept {
  readonly heapMegabytes: number;
  readonly timers: number;
}

/** Bun with a probe of `test/support/` in it. */
export function probed(name: "heap" | "lateness"): string[] {
  const [bun, ...rest] = DIRECT;
  return [bun!, "--preload", join(ROOT, "test", "support", `${name}-probe.ts`), ...rest];
}

/** What its probe says when it is asked now: what stands behind this mark. */
export async function askProbe(child: Child, mark: string): Promise<string> {
  const said = () => [...child.stderr.matchAll(new RegExp(`^${mark} (.*)$`, "gm"))];
  const before = said().length;
  child.kill("SIGUSR2");
  while (said().length === before) await Bun.sleep(5);
  return said().at(-1)![1]!;
}

export async function keptBy(child: Child): Promise<Kept> {
  return JSON.parse(await askProbe(child, "kept:"));
}

/** Resident memory, in MB. */
export function resident({ pid }: Child): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}

/** How many descriptors it holds. */
export function filesOf({ pid }: Child): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
