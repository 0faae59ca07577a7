import type { Socket } from "bun";
import { LAST_CHUNK } from "../../src/upstream/fixtures/raw-server.ts";

/** How one request went. */
export interface Went {
  readonly status: number;
  /** Milliseconds until the whole of the reply was there. */
  readonly ms: number;
  readonly head: string;
}

interface Caller {
  readonly socket: Socket<Caller>;
  sentAt: number;
  text: string;
  /** Of the reply, once it has come. */
  head: string;
  /** Bytes of its body; -1: it comes in chunks. */
  left: number;
  done: ((went: Went) => void) | undefined;
  /** What of the request the kernel has not taken. */
  rest: Buffer | undefined;
}

/** Clients that ask for one and the same, over as many kept connections as it takes: cheap, so that thousands a second cost them little. */
export class Crowd {
  private readonly port: number;
  private readonly request: Buffer;
  private readonly idle: Caller[] = [];
  private readonly all = new Set<Caller>();
  /** Most at once so far. */
  connections = 0;

  constructor(url: string, path: string, key: string, body: object) {
    this.port = Number(new URL(url).port);
    const text = JSON.stringify(body);
    this.request = Buffer.from(
      `POST ${path} HTTP/1.1\r\nhost: crowd\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }

  /** @returns status 0 where the connection ends without a reply */
  async ask(): Promise<Went> {
    const began = performance.now();
    const caller = this.idle.pop() ?? (await this.connect());
    caller.sentAt = began;
    const { promise, resolve } = Promise.withResolvers<Went>();
    caller.done = resolve;
    send(caller, this.request);
    return promise;
  }

  /** Has so many connections ready. */
  async connected(count: number): Promise<void> {
    while (this.idle.length < count)
      this.idle.push(...(await Promise.all(Array.from({ length: 50 }, () => this.connect()))));
  }

  /** Asks, on a connection of its own, and is gone with the first byte of the reply. */
  async leave(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    await Bun.connect({
      hostname: "127.0.0.1",
      port: this.port,
      socket: {
        open: (socket) => void socket.write(this.request),
        data: (socket) => socket.terminate(),
        close: () => resolve(),
      },
    });
    await promise;
  }

  stop(): void {
    for (const { socket } of this.all) socket.terminate();
  }

  private async connect(): Promise<Caller> {
    this.connections++;
    const over = (caller: Caller | undefined) => {
      if (caller === undefined) return;
      this.all.delete(caller);
      const at = this.idle.indexOf(caller);
      if (at >= 0) this.idle.splice(at, 1);
      caller.done?.({ status: 0, ms: performance.now() - caller.sentAt, head: "" });
    };
    const socket = await Bun.connect<Caller>({
      hostname: "127.0.0.1",
      port: this.port,
      socket: {
        data: ({ data }, bytes) => this.took(data, bytes),
        drain: ({ data }) => data.rest && send(data, data.rest),
        close: ({ data }) => over(data),
        error: ({ data }) => over(data),
      },
    });
    const caller: Caller = { socket, sentAt: 0, text: "", head: "", left: 0, done: undefined, rest: undefined };
    socket.data = caller;
    this.all.add(caller);
    return caller;
  }

  private took(caller: Caller, bytes: Buffer): void {
    // Of a stream its end is looked for where it has come, and nothing else is kept.
    if (caller.head === "" || caller.left >= 0) caller.text += bytes.toString("latin1");
    if (caller.head === "") {
      const blank = caller.text.indexOf("\r\n\r\n");
      if (blank < 0) return;
      caller.head = caller.text.slice(0, blank);
      caller.text = caller.text.slice(blank + 4);
      caller.left = Number(/content-length: *(\d+)/i.exec(caller.head)?.[1] ?? -1);
    }
    if (caller.left >= 0 ? caller.text.length < caller.left : bytes.toString("latin1", bytes.length - 5) !== LAST_CHUNK)
      return;
    const { head } = caller;
    caller.head = "";
    const { done, sentAt } = caller;
    caller.text = "";
    caller.done = undefined;
    if (!/^connection: *close$/im.test(head)) this.idle.push(caller);
    done?.({ status: Number(head.slice(9, 12)), ms: performance.now() - sentAt, head });
  }
}

function send(caller: Caller, bytes: Buffer): void {
  const taken = Math.max(0, caller.socket.write(bytes));
  caller.rest = taken < bytes.length ? bytes.subarray(taken) : undefined;
}

/** So many a second, whatever becomes of them. @returns when all have been answered */
export async function atRate(
  { perSecond, seconds }: { perSecond: number; seconds: number },
  ask: (at: number) => Promise<void>,
): Promise<void> {
  const asked: Promise<void>[] = [];
  const began = performance.now();
  for (;;) {
    const elapsed = performance.now() - began;
    if (elapsed > seconds * 1000) break;
    while (asked.length < (elapsed / 1000) * perSecond) asked.push(ask(elapsed));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(asked);
}
