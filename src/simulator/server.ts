import type { Socket } from "bun";
import { PromptCache } from "./anthropic/prompt-cache.ts";
import { CONTINUE, Malformed, RequestReader } from "./http.ts";
import { type Counters, type Entry, Journal, type Received } from "./journal.ts";
import { type Json, parseJson } from "./json.ts";
import { fieldsOf } from "./multipart.ts";
import { type Memory, play } from "./operations.ts";
import { type End, FIN, type Line, Pacer, Playback } from "./playback.ts";
import { Scenarios } from "./scenario.ts";
import { malformed } from "./script.ts";

export type { Counters, Outcome, Received } from "./journal.ts";

export interface SimulatorOptions {
  /** Where to listen. @default "127.0.0.1" */
  hostname?: string;
  /** 0 takes a free one. @default 0 */
  port?: number;
  /** How many requests to remember. @default 1000 */
  remember?: number;
  /** Milliseconds after which a connection without a request is closed, without a word. @default never */
  idle?: number;
}

/** A stand-in for providers that is running. */
export interface Simulator {
  /** Without a slash at its end: `${url}/v1` is an OpenAI base URL, `${url}` an Anthropic one, with any path before. */
  readonly url: string;
  readonly port: number;
  /** The last requests, oldest first. They change while they are answered. */
  readonly requests: readonly Received[];
  readonly counters: Readonly<Counters>;
  /** The first remembered request that passes this test, as soon as there is one. */
  when(test: (request: Received) => boolean): Promise<Received>;
  /** Forgets the requests so far. */
  forget(): void;
  /** Closes every connection, and takes no other. */
  stop(): void;
}

/** Starts a simulator. Its scenarios are chosen in the requests: see `SCENARIO_KEYS`. */
export function startSimulator(options: SimulatorOptions = {}): Simulator {
  const { hostname = "127.0.0.1", port = 0, remember = 1000, idle } = options;
  const journal = new Journal(remember);
  const pacer = new Pacer();
  const memory: Memory = { scenarios: new Scenarios(), cache: new PromptCache(), responses: new Map() };
  const listener = Bun.listen<Connection>({
    hostname,
    port,
    socket: {
      open(socket) {
        socket.data = new Connection(socket, { journal, pacer, memory, idle }, ++journal.counters.connections);
        journal.counters.open++;
      },
      data: (socket, bytes) => socket.data.read(bytes),
      drain: (socket) => socket.data.drained(),
      close(socket) {
        journal.counters.open--;
        socket.data.closed();
      },
      error(_socket, error) {
        // A reset by the peer is followed by `close`; anything else is a fault of ours.
        if (!("syscall" in error)) reportError(error);
      },
    },
  });
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `http://${shown}:${listener.port}`,
    port: listener.port,
    requests: journal.entries,
    counters: journal.counters,
    when: (test) => journal.when(test),
    forget: () => journal.forget(),
    stop() {
      pacer.stop();
      listener.stop(true);
    },
  };
}

/** What all connections share. */
interface Shared {
  journal: Journal;
  pacer: Pacer;
  memory: Memory;
  idle: number | undefined;
}

/** One connection: its requests are answered one after the other, in the order they came. */
class Connection implements Line {
  private readonly socket: Socket<Connection>;
  private readonly shared: Shared;
  private readonly number: number;
  private readonly reader = new RequestReader();
  private playback: Playback | null = null;
  private entry: Entry | null = null;
  /** Closes the connection if nothing comes. */
  private waiting: Playback | null = null;

  constructor(socket: Socket<Connection>, shared: Shared, number: number) {
    this.socket = socket;
    this.shared = shared;
    this.number = number;
  }

  read(bytes: Buffer): void {
    this.waiting?.drop();
    this.reader.push(bytes);
    if (this.playback === null) this.next();
    this.reader.keep();
  }

  write(data: string | Uint8Array): number {
    const taken = this.socket.write(data);
    if (taken > 0) this.shared.journal.counters.bytes += taken;
    return taken;
  }

  close(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.terminate();
  }

  drained(): void {
    this.playback?.drained();
  }

  closed(): void {
    this.playback?.drop();
    this.waiting?.drop();
    this.entry?.end("client-closed");
  }

  /** Answers the next request, if one is here in full. */
  private next(): void {
    try {
      const request = this.reader.next();
      if (request === null) {
        if (this.reader.waiting) this.socket.write(CONTINUE);
        else this.wait();
        return;
      }
      const { journal, memory, pacer } = this.shared;
      const body: Json | undefined = fieldsOf(request) ?? parseJson(request.body);
      const entry = journal.enter(request, body, this.number);
      const steps = play(request, body, memory, entry);
      this.entry = entry;
      this.playback = new Playback(this, steps, pacer, (end) => this.ended(end));
      this.playback.run(performance.now());
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.socket.end(malformed(error.message));
    }
  }

  private wait(): void {
    const { idle, pacer } = this.shared;
    if (idle === undefined) return;
    this.waiting?.drop();
    this.waiting = new Playback(this, [idle, FIN].values(), pacer, () => {});
    this.waiting.run(performance.now());
  }

  private ended(end: End["end"]): void {
    // Silence lasts until the client leaves.
    if (end === "hang") return;
    this.entry?.end(end === "done" ? "answered" : "broken-off");
    this.playback = null;
    this.entry = null;
    if (end === "done") this.next();
  }
}
