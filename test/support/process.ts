import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leave, leaveFolder } from "./remains.ts";

export const ROOT = join(import.meta.dir, "..", "..");

/** Bun itself with what the launcher gives it: signals reach the gateway and nobody between. */
export const DIRECT = [
  process.execPath,
  "--no-install",
  "--no-env-file",
  `--config=${join(ROOT, "bin", "bunfig.toml")}`,
  join(ROOT, "src", "main.ts"),
];
/** As a newcomer starts it. */
export const LAUNCHER = ["node", join(ROOT, "bin", "headgate.mjs")];

export interface Spawn {
  /** What is run, before the arguments. @default Bun itself */
  command?: readonly string[];
  /** Nothing of the machine's own but `PATH` and `HOME`. */
  env?: Record<string, string>;
  cwd?: string;
  /** Shows it a terminal for input, output and errors. */
  terminal?: boolean;
}

/** A program that was started, and what it has said so far. */
export interface Child {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly exited: Promise<number>;
  /** Resolves when its output matches. @throws Error with all that it said, when it ends without */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Keys pressed at its terminal. */
  type(keys: string): void;
}

const children = new Set<Child>();
const folders = new Set<string>();

/** Starts `headgate` with these arguments. */
export function spawnHeadgate(args: readonly string[], options: Spawn = {}): Child {
  const { command = DIRECT, env = {}, cwd = folder(), terminal = false } = options;
  const said = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  const hear = (to: "stdout" | "stderr", bytes: string) => {
    said[to] += bytes.replaceAll("\r\n", "\n");
    for (const look of waiting) look();
  };
  const decoder = new TextDecoder();
  const spawned = Bun.spawn([...command, ...args], {
    cwd,
    // A group of its own: what a launcher has started ends with it.
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    ...(terminal
      ? {
          terminal: {
            cols: 200,
            rows: 50,
            data: (_, bytes) => hear("stdout", decoder.decode(bytes, { stream: true })),
          },
        }
      : { stdin: "ignore", stdout: "pipe", stderr: "pipe" }),
  });
  const heard = terminal
    ? spawned.exited
    : Promise.all([listen(spawned.stdout, "stdout"), listen(spawned.stderr, "stderr")]);
  async function listen(stream: typeof spawned.stdout, to: "stdout" | "stderr"): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream as ReadableStream<Uint8Array>) hear(to, decoder.decode(bytes, { stream: true }));
  }
  const child: Child = {
    pid: spawned.pid,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    exited: heard.then(() => spawned.exited),
    says(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = () => {
        const found = pattern.exec(said.stdout) ?? pattern.exec(said.stderr);
        if (found === null) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      child.exited.then((code) => reject(new Error(`ended with ${code}: ${said.stdout}${said.stderr}`)));
      return promise;
    },
    kill: (signal) => spawned.kill(signal),
    type: (keys) => spawned.terminal!.write(keys),
  };
  children.add(child);
  child.exited.then(() => {
    children.delete(child);
    // To a terminal secrets are told, and so they are to who makes them by a command.
    if (args[0] === "start" && !terminal) leave("programs", said.stdout + said.stderr);
  });
  return child;
}

/** A gateway that listens on a free port. */
export async function startHeadgate(args: readonly string[], options?: Spawn): Promise<Child & { url: string }> {
  const child = spawnHeadgate(["start", ...args, "--port", "0"], options);
  const [, url] = await child.says(/Headgate listens on (http:\S+)[^\n]*\n[\s\S]*\n\n/);
  return Object.defineProperty(child, "url", { value: url! }) as Child & { url: string };
}

/** Runs a command to its end. */
export async function run(args: readonly string[], options?: Spawn): Promise<Child & { code: number }> {
  const child = spawnHeadgate(args, options);
  const code = await child.exited;
  return Object.defineProperty(child, "code", { value: code }) as Child & { code: number };
}

/** A folder that is gone after the tests. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "headgate-test-"));
  folders.add(made);
  return made;
}

/** Kills a group, unless it has ended by itself and only its last words are still to be read. */
function end(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
  }
}

/** For `afterEach`: ends what still runs, and clears away. */
export async function cleanUp(): Promise<void> {
  const running = [...children];
  for (const { pid } of running) end(pid);
  await Promise.all(running.map(({ exited }) => exited));
  for (const made of folders) leaveFolder(made);
  for (const made of folders) rmSync(made, { recursive: true, force: true });
  folders.clear();
}
