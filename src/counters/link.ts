import { RedisClient } from "bun";

/** Something that is told by way of Redis, for as long as it is in reach. */
export interface Correspondent {
  readonly channel: string;
  /** What was said on the channel, by anybody. */
  hear(text: string): void;
  /** Each time that it is in reach again, once it listens. */
  begin(writer: RedisClient): Promise<void>;
  /** Says what is to be said; what it cannot it keeps. */
  write(writer: RedisClient): Promise<void>;
  /** Every second. */
  check?(writer: RedisClient): Promise<void>;
  /** Nothing is to be said. */
  isQuiet(): boolean;
  /** Nothing that it hears counts any more. */
  close?(): void;
}

/** How long an answer may take, and how often one is asked for. */
export const PATIENCE_MS = 1000;
const CHECK_MS = 1000;
/** How soon it is tried again. */
const RETRY_MS = 500;

/** Two connections to Redis or Valkey, one to write and one to listen, made anew whenever they fail. Nobody waits for them. */
export class RedisLink {
  private readonly url: string;
  private readonly all: readonly Correspondent[];
  private readonly complain: (cause: Error) => void;
  private stir: () => void = () => {};
  private closed = false;
  /** There is a session: what is to be told need not wait for the next attempt at one. */
  private reached = false;
  private complained = false;
  /** Since when it is out of reach, on a clock that only goes forward. */
  private lostAt: number | undefined = performance.now();

  /** @param complain hears that it is out of reach: once, until it has been in reach again */
  constructor(url: string, all: readonly Correspondent[], complain: (cause: Error) => void) {
    this.url = url;
    this.all = all;
    this.complain = complain;
    void this.run();
  }

  /** Whether it is in reach now. */
  get isReached(): boolean {
    return this.reached;
  }

  /** For how many milliseconds it has been out of reach; `undefined` when it is not. */
  get downMs(): number | undefined {
    return this.lostAt === undefined ? undefined : performance.now() - this.lostAt;
  }

  /** There is something to be said. */
  wake(): void {
    if (this.reached) this.stir();
  }

  close(): void {
    this.closed = true;
    for (const one of this.all) one.close?.();
    this.stir();
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        await this.session();
      } catch (thrown) {
        if (!this.closed && !this.complained) {
          this.complained = true;
          this.complain(
            new Error(`${placeOf(this.url)} is out of reach${codeOf(thrown)}: replicas do not know of one another`),
          );
        }
      }
      if (!this.closed) await this.pause(RETRY_MS);
    }
  }

  /** From the first connection until something fails. What is late counts as failed: it would tell of an earlier time. */
  private async session(): Promise<void> {
    const options = { autoReconnect: false, enableOfflineQueue: false, connectionTimeout: PATIENCE_MS } as const;
    const writer = new RedisClient(this.url, options);
    const listener = new RedisClient(this.url, options);
    try {
      await within(Promise.all([writer.connect(), listener.connect()]));
      for (const one of this.all)
        await within(
          listener.subscribe(one.channel, (text) => {
            if (!this.closed) one.hear(text);
          }),
        );
      for (const one of this.all) await one.begin(writer);
      this.reached = true;
      this.lostAt = undefined;
      for (let checked = performance.now(); !this.closed; ) {
        for (const one of this.all) await one.write(writer);
        if (performance.now() - checked >= CHECK_MS) {
          await within(Promise.all([writer.ping(), listener.ping()]));
          for (const one of this.all) await one.check?.(writer);
          checked = performance.now();
          // Not before: who may read may yet be refused when there is something to write.
          this.complained = false;
        }
        if (this.all.every((one) => one.isQuiet()) && !this.closed) await this.pause(CHECK_MS);
      }
    } finally {
      this.reached = false;
      this.lostAt ??= performance.now();
      writer.close();
      listener.close();
    }
  }

  private pause(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, forMs);
      this.stir = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Without what shows who may use it. */
function placeOf(url: string): string {
  return `Redis at ${new URL(url).host}`;
}

/** A code at most: words of the client may repeat the address. */
function codeOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? ` (${code})` : "";
}

/** @throws Error where it takes too long */
export async function within<T>(promise: Promise<T>, ms = PATIENCE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
