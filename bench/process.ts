import { readdirSync, readFileSync } from "node:fs";

const BUN = process.execPath;
/** The one under measurement has this core to itself; provider and load share the other. */
export const MEASURED_CORE = 0;
export const OTHER_CORE = 1;

export interface Child {
  readonly pid: number;
  /** The port that it printed. */
  readonly port: number;
  kill(): Promise<void>;
}

/** A script put together to one file, as `bin/program.mjs` does with the gateway that people start. @returns its path */
export async function putTogether(script: string, folder: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [new URL(script, import.meta.url).pathname],
    target: "bun",
    minify: { syntax: true },
    outdir: folder,
  });
  return outputs[0]!.path;
}

/** Starts a Bun script on a core; it must print its port. */
export async function startScript(core: number, script: string, ...args: string[]): Promise<Child> {
  const command = ["taskset", "-c", String(core), BUN, new URL(script, import.meta.url).pathname, ...args];
  const child = Bun.spawn(command, {
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" },
  });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    pid: child.pid,
    port: Number(new TextDecoder().decode(value)),
    async kill() {
      child.kill();
      await child.exited;
    },
  };
}

/** CPU time of a process and all its threads so far, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanoseconds / 1000;
}

/** Resident memory, in kilobytes. */
export function residentKilobytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
}
