import { RedisClient, type Subprocess } from "bun";
import { freePort } from "../../test/support/port.ts";

/** A Redis of Debian's package on a port of its own, without any file. */
export class Redis {
  private readonly port = freePort();
  private process: Subprocess | undefined;

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(...options: string[]): Promise<void> {
    const at = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...options];
    this.process = Bun.spawn(["redis-server", ...at], { stdout: "ignore", stderr: "ignore" });
    if (options.length === 0) await until(() => this.answers());
  }

  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    this.process?.kill(signal);
  }

  async stop(): Promise<void> {
    this.process?.kill("SIGKILL");
    await this.process?.exited;
  }

  keys(): Promise<string[]> {
    return this.with((client) => client.send("KEYS", ["headgate:*"]));
  }

  listeners(): Promise<number> {
    return this.with(async (client) => (await client.send("PUBSUB", ["NUMSUB", "headgate:board"]))[1]);
  }

  configure(name: string, value: string): Promise<unknown> {
    return this.with((client) => client.send("CONFIG", ["SET", name, value]));
  }

  /** How often it was asked for that. */
  calls(command: "subscribe" | "ping"): Promise<number> {
    return this.with(async (client) => {
      const told: string = await client.send("INFO", ["commandstats"]);
      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(told)?.[1] ?? 0);
    });
  }

  private async answers(): Promise<boolean> {
    return this.with((client) => client.ping()).then(
      () => true,
      () => false,
    );
  }

  private async with<T>(use: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = new RedisClient(this.url, { autoReconnect: false });
    try {
      return await use(client);
    } finally {
      client.close();
    }
  }
}

/** Looks again and again, until it is so. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(2);
}
