import type { RunningGateway } from "../test/support/gateway.ts";
import type { Issuer } from "../test/support/issuer.ts";

/** What clients are tried for, in the order in which `docs/compatibility.md` tells it. */
export const FEATURES = {
  chat: { head: "chat", means: "a whole answer, with models of several wires" },
  stream: { head: "stream", means: "an answer as it comes, by the client's own iterators and helpers" },
  tools: { head: "tools", means: "a loop with tools, from the question to the answer" },
  structured: { head: "structured", means: "answers of the shape that a schema asks for" },
  files: { head: "files", means: "pictures and documents in the question" },
  thinking: { head: "thinking", means: "what was thought before the answer, and its way back" },
  responses: { head: "Responses", means: "OpenAI's Responses API, where the client has it" },
  embeddings: { head: "embeddings", means: "vectors, one and many" },
  counting: { head: "counting", means: "how many tokens a request would have" },
  models: { head: "models", means: "the list of models" },
  routing: { head: "routing", means: "the gateway's own options: who is asked, fallbacks, whose account, for whom" },
  errors: { head: "errors", means: "the client's typed errors, with our message in them" },
  usage: { head: "usage", means: "tokens and cost, the same that the ledger has" },
  leaving: { head: "leaving", means: "a stream that the client leaves" },
  images: { head: "images", means: "pictures made" },
  speech: { head: "speech", means: "words spoken" },
  transcription: { head: "transcription", means: "words heard" },
  reranking: { head: "reranking", means: "documents put in order" },
  moderation: { head: "moderation", means: "texts judged" },
  completions: { head: "completions", means: "OpenAI's completions of before chat" },
} as const;

export type Feature = keyof typeof FEATURES;
export const isFeature = (name: unknown): name is Feature => typeof name === "string" && Object.hasOwn(FEATURES, name);

/** A client as people know it, at the version that was run. */
export interface Client {
  readonly title: string;
  readonly language: "Python" | "Rust" | "TypeScript";
  readonly version: string;
}

/** One thing that was tried with a client. */
export interface Shown {
  readonly client: Client;
  readonly feature: Feature;
  /** What exactly, in words. */
  readonly what: string;
  /** Why it is not so. */
  readonly failure?: string | undefined;
}

/** What runs against: one gateway with the simulator behind every provider, and what opens it. */
export interface Stage {
  readonly gateway: RunningGateway;
  /** Signs tokens that the gateway takes in the place of a key. */
  readonly issuer: Issuer;
  /** A key that lets one request in each minute. Its one is spent. */
  spentKey(): Promise<string>;
  /** Makes a budget of nothing for one user or tag. */
  spentBudget(scope: "user" | "tag", of: string): Promise<void>;
  /** Where what was installed or built is kept for the next time. */
  readonly cache: string;
  /** Folder with reports of tests that ran before. */
  readonly reports?: string | undefined;
}

/** Clients of one language. */
export interface Suite {
  readonly name: string;
  /** Installs what it needs, unless it is there from the last time. @throws Error with what the installer said */
  prepare(stage: Stage): Promise<void>;
  /** Runs all of it, and tells of each thing when it is known. */
  run(stage: Stage, tell: (shown: Shown) => void): Promise<void>;
}

/** The environment that a user of the gateway has, and nothing else of this machine's but how to find programs. */
export function environmentOf(
  { gateway }: Stage,
  key: string,
  more: Record<string, string> = {},
): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, LANG: "C.UTF-8", AI_GATEWAY_API_KEY: key, AI_GATEWAY_BASE_URL: `${gateway.url}/v1`, ...more };
}

/** What a program printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly printed: string;
  readonly complained: string;
}

/** Runs a program to its end; one that takes longer than this many seconds is killed. */
export async function run(
  command: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; seconds?: number; onLine?: (line: string) => void } = {},
): Promise<Ran> {
  const { env, cwd, seconds = 120, onLine } = options;
  const child = Bun.spawn([...command], {
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
  });
  const [printed, complained, code] = await Promise.all([
    linesOf(child.stdout, onLine),
    child.stderr.text(),
    child.exited,
  ]);
  return { code, printed, complained };
}

async function linesOf(
  stream: ReadableStream<Uint8Array>,
  onLine: ((line: string) => void) | undefined,
): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  let told = 0;
  const tell = (to: number) => {
    for (let end = all.indexOf("\n", told); end !== -1 && end < to; end = all.indexOf("\n", told)) {
      onLine?.(all.slice(told, end));
      told = end + 1;
    }
  };
  for await (const bytes of stream) {
    all += decoder.decode(bytes, { stream: true });
    tell(all.length);
  }
  if (told < all.length) onLine?.(all.slice(told));
  return all;
}
