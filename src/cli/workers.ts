import type { Subprocess } from "bun";

/** Which of the processes of one machine this is. */
export interface Worker {
  /** From 1 on. */
  readonly number: number;
  /** It speaks for all of them. */
  readonly first: boolean;
  /** Tells the one that has started it that it serves. */
  ready(): void;
}

/** What the one that starts it says to a worker, and nobody else. */
const VARIABLE = "headgate_worker";
const SAYS = /^([1-9]\d{0,3})( first)?$/;

/** What this process is to another of the same program that has started it, if it has. When that one is gone, `leave`. */
export function workerOf(env: NodeJS.ProcessEnv, leave: () => void): Worker | undefined {
  const [, number, first] = SAYS.exec(env[VARIABLE] ?? "") ?? [];
  if (number === undefined || process.send === undefined) return undefined;
  process.on("disconnect", leave);
  return { number: Number(number), first: first !== undefined, ready: () => void process.send?.("ready") };
}

/** A worker that ends is started again after this; after twice as long each time that it lives for less than `SETTLED_MS`. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
const SETTLED_MS = 30_000;

export interface Workforce {
  count: number;
  /** The command line of one of them. */
  command(number: number): readonly string[];
  /** The signal by which all of them are to end. */
  stop: Promise<NodeJS.Signals>;
  complain(line: string): void;
}

/** Starts so many workers, the first one alone at first, and keeps so many until it is told to stop. */
export class Workers {
  private readonly parts: Workforce;
  private readonly running = new Map<number, Subprocess>();
  private stopping = false;

  constructor(parts: Workforce) {
    this.parts = parts;
  }

  /** @returns the exit code: the first worker's where it cannot even start, otherwise the highest of those that were stopped */
  async run(): Promise<number> {
    const { count, stop } = this.parts;
    const first = this.start(1, " first");
    stop.then((signal) => {
      this.stopping = true;
      for (const one of this.running.values()) one.kill(signal);
    });
    const code = await Promise.race([first.ready, first.ended]);
    if (code !== undefined) return code;
    const ends = [this.kept(1, first)];
    for (let number = 2; number <= count; number++) ends.push(this.kept(number, undefined));
    return Math.max(...(await Promise.all(ends)));
  }

  /** All of them, at once. */
  kill(): void {
    for (const one of this.running.values()) one.kill("SIGKILL");
  }

  /** One worker after the other in this place. @returns the exit code of the last */
  private async kept(number: number, running: Started | undefined): Promise<number> {
    let one = running;
    let code = 0;
    for (let waitMs = FIRST_WAIT_MS; !this.stopping; ) {
      one ??= this.start(number, "");
      const began = performance.now();
      code = await one.ended;
      one = undefined;
      if (this.stopping) break;
      if (performance.now() - began >= SETTLED_MS) waitMs = FIRST_WAIT_MS;
      this.parts.complain(`worker ${number} ended with ${code}; another takes its place in ${waitMs} ms`);
      code = 0;
      await Promise.race([Bun.sleep(waitMs), this.parts.stop]);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
    return code;
  }

  private start(number: number, says: string): Started {
    const { promise: ready, resolve } = Promise.withResolvers<undefined>();
    const one = Bun.spawn([...this.parts.command(number)], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, [VARIABLE]: `${number}${says}` },
      ipc: () => resolve(undefined),
    });
    this.running.set(number, one);
    return { ready, ended: one.exited };
  }
}

interface Started {
  /** It serves. */
  readonly ready: Promise<undefined>;
  /** Its exit code. */
  readonly ended: Promise<number>;
}

/** The command line of this program, whether it is compiled or not, without what comes behind its name. */
export function thisProgram(): string[] {
  const compiled = Bun.main.startsWith("/$bunfs/");
  return compiled ? [process.execPath] : [process.execPath, ...process.execArgv, Bun.main];
}
