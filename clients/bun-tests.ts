import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { foundIn } from "../scripts/scoreboard/found.ts";
import { type Tested, testsIn } from "../test/support/report.ts";
import { buildCrates } from "./crates.ts";
import { type Client, type Feature, run, type Stage, type Suite } from "./suite.ts";

const ROOT = join(import.meta.dir, "..");
const CONFORMANCE = "test/conformance";

/** The first that matches a test's name is what it shows; one that none matches shows nothing of the client's. */
type Reading = readonly (readonly [RegExp, Feature])[];

/** Tests of one file: whose they are, and what they show. */
interface Row {
  readonly file: string;
  /** One client, or several that a file tries: which, the pattern finds in a test's name, as its first group. */
  readonly client: Client | { readonly of: RegExp; readonly clients: Readonly<Record<string, Client>> };
  readonly shows: Reading;
}

const { devDependencies } = manifest as { devDependencies: Record<string, string> };

/** At the version that `package.json` pins. */
function npm(title: string, name = title): Client {
  const version = /(\d[\d.]*)$/.exec(devDependencies[name] ?? "")?.[1];
  if (version === undefined) throw new Error(`package.json does not pin ${name}`);
  return { title, language: "TypeScript", version };
}

function crate(title: string): Client {
  const lock = readFileSync(join(ROOT, "examples", "rust", "Cargo.lock"), "utf8");
  const version = new RegExp(`name = "${title}"\\nversion = "(.+)"`).exec(lock)?.[1];
  if (version === undefined) throw new Error(`Cargo.lock does not pin ${title}`);
  return { title, language: "Rust", version };
}

const OPENAI = npm("openai");
const ANTHROPIC = npm("@anthropic-ai/sdk");
const LANGCHAIN = npm("@langchain/openai");
const AGENTS = npm("@openai/agents");
const RUST = crate("async-openai");
/** Each major of the AI SDK is a client of its own: the tests name it. */
const AI_SDKS = {
  of: /\bai ([567])\b/,
  clients: { "5": npm("AI SDK 5", "ai5"), "6": npm("AI SDK 6", "ai6"), "7": npm("AI SDK 7", "ai7") },
};

const all = (feature: Feature): Reading => [[/./, feature]];
const LEFT: Reading = [[/\bleaves\b/, "leaving"]];
const BROKEN: Reading = [[/breaks|an error is|a key that is none/, "errors"]];

const openai = (name: string, ...shows: Reading): Row => ({
  file: `${CONFORMANCE}/${name}.test.ts`,
  client: OPENAI,
  shows,
});
const anthropic = (name: string, ...shows: Reading): Row => ({ ...openai(name, ...shows), client: ANTHROPIC });
const aiSdk = (name: string, ...shows: Reading): Row => ({ ...openai(`ai-sdk/${name}`, ...shows), client: AI_SDKS });

export const ROWS: readonly Row[] = [
  openai("chat", [/costs|usage|figures/, "usage"], [/plain answer|system prompt|refusal/, "chat"]),
  openai("stream", ...all("stream")),
  openai("tools", ...all("tools")),
  openai("structured-outputs", ...all("structured")),
  openai("images", ...all("files")),
  openai("embeddings", ...all("embeddings")),
  openai("responses", [/breaks|refusal|refused/, "errors"], [/./, "responses"]),
  openai("errors", ...all("errors")),
  openai("routing", ...all("routing")),
  openai("client-leaves", ...all("leaving")),
  openai("image-generation", [/image is (made|changed)/, "images"]),
  openai("speech", [/^sound/, "speech"]),
  openai("transcriptions", [/^a transcript/, "transcription"]),
  openai("moderations", [/^a moderation/, "moderation"]),
  openai("completions", [/^a completion/, "completions"]),
  anthropic(
    "messages",
    [/costs|usage/, "usage"],
    [/streams/, "stream"],
    [/structured output/, "structured"],
    [/fallback, preferences/, "routing"],
    [/answer of/, "chat"],
  ),
  anthropic("messages-tools", ...all("tools")),
  anthropic("messages-thinking", ...all("thinking")),
  anthropic("messages-errors", [/pings/, "stream"], [/./, "errors"]),
  anthropic("messages-everywhere", [/tokens are counted/, "counting"]),
  aiSdk("text", ...LEFT, [/breaks/, "errors"], [/stream/i, "stream"], [/./, "chat"]),
  aiSdk("tools", ...all("tools")),
  aiSdk("objects", ...all("structured")),
  aiSdk("files", ...all("files")),
  aiSdk("reasoning", ...all("thinking")),
  aiSdk("embeddings", ...all("embeddings")),
  aiSdk("models", ...all("models")),
  aiSdk("options", ...all("routing")),
  aiSdk("errors", ...all("errors")),
  aiSdk("metering", ...all("usage")),
  aiSdk("usage", [/^usage/, "usage"]),
  aiSdk("images", ...all("images")),
  aiSdk("sound", [/speech/, "speech"], [/transcriptions/, "transcription"]),
  aiSdk("rerank", ...all("reranking")),
  {
    file: `${CONFORMANCE}/clients/langchain.test.ts`,
    client: LANGCHAIN,
    shows: [
      ...BROKEN,
      [/enough of/, "leaving"],
      [/embeddings/, "embeddings"],
      [/bindTools/, "tools"],
      [/withStructuredOutput/, "structured"],
      [/picture/, "files"],
      [/what the gateway is asked/, "routing"],
      [/thought|thinking/, "thinking"],
      [/by Responses: true/, "responses"],
      [/stream:/, "stream"],
      [/invoke|batch/, "chat"],
    ],
  },
  {
    file: `${CONFORMANCE}/clients/agents.test.ts`,
    client: AGENTS,
    shows: [
      ...BROKEN,
      [/enough of/, "leaving"],
      [/in a shape/, "structured"],
      [/what the gateway is asked/, "routing"],
      [/streamed/, "stream"],
      [/tool|two calls|hands over/, "tools"],
      [/thought/, "thinking"],
      [/by Responses: true|^ by Responses/i, "responses"],
      [/an answer/, "chat"],
    ],
  },
  {
    file: `${CONFORMANCE}/clients/ai-sdk-providers.test.ts`,
    client: {
      of: /^(openai by|anthropic,|openai-compatible,)/,
      clients: {
        "openai by": npm("@ai-sdk/openai"),
        "anthropic,": npm("@ai-sdk/anthropic"),
        "openai-compatible,": npm("@ai-sdk/openai-compatible"),
      },
    },
    shows: [
      [/an error|breaks/, "errors"],
      [/an object/, "structured"],
      [/a picture/, "files"],
      [/rounds with a tool/, "tools"],
      [/a stream:/, "stream"],
      [/by Responses, .* a text/, "responses"],
      [/a text/, "chat"],
    ],
  },
  {
    file: "clients/rust.test.ts",
    client: RUST,
    shows: [
      [/error/, "errors"],
      [/fallbacks|provider options/, "routing"],
      [/streaming/, "stream"],
      [/Responses/, "responses"],
      [/embeddings/, "embeddings"],
      [/models:/, "models"],
      [/tools/, "tools"],
      [/chat/, "chat"],
    ],
  },
];

/**
 * Clients of TypeScript and Rust: the same tests that `npm test` and `clients/rust.test.ts` are, read for what they show. What is in
 * reports of `npm test` already is not run again.
 */
export const bunTests: Suite = {
  name: "bun",
  async prepare({ cache }) {
    await buildCrates(cratesIn(cache));
  },

  async run(stage, tell) {
    const known = stage.reports === undefined ? [] : foundIn(stage.reports).tests;
    const unknown = ROWS.filter(({ file }) => !known.some((test) => test.file === file));
    const tests = [...known, ...(unknown.length === 0 ? [] : await tested(stage, unknown))];
    for (const row of ROWS) {
      const used = new Set<Feature>();
      for (const { file, name, failure } of tests) {
        if (file !== row.file) continue;
        const client = clientOf(row, name);
        const feature = row.shows.find(([pattern]) => pattern.test(name))?.[1];
        if (client === undefined || feature === undefined) continue;
        used.add(feature);
        tell({ client, feature, what: name, failure });
      }
      const unused = row.shows.filter(([, feature]) => !used.has(feature));
      if (unused.length === 0) continue;
      const [broken] = tests.filter(({ file, failure }) => file === row.file && failure !== undefined);
      throw new Error(`${row.file}: no test is named ${unused.map(([pattern]) => pattern)} ${broken?.failure ?? ""}`);
    }
  },
};

function cratesIn(cache: string): string {
  return join(cache, "rust");
}

function clientOf({ client }: Row, name: string): Client | undefined {
  return "of" in client ? client.clients[client.of.exec(name)?.[1] ?? ""] : client;
}

/** Runs their files. @throws Error where that could not be done at all */
async function tested({ cache }: Stage, rows: readonly Row[]): Promise<Tested[]> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-clients-"));
  try {
    const report = join(folder, "report.xml");
    const how = [
      "--timeout",
      "60000",
      "--parallel",
      "--no-isolate",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
    ];
    const { complained, code } = await run([process.execPath, "test", ...how, ...rows.map(({ file }) => `./${file}`)], {
      cwd: ROOT,
      env: { ...process.env, CARGO_TARGET_DIR: cratesIn(cache) } as Record<string, string>,
      seconds: 1200,
    });
    const tests = testsIn(await Bun.file(report).text());
    const unseen = rows.filter(({ file }) => !tests.some((test) => test.file === file));
    if (unseen.length > 0 || (code !== 0 && tests.every(({ failure }) => failure === undefined)))
      throw new Error(`${unseen.map(({ file }) => file)} ended with ${code}: ${complained.slice(-3000)}`);
    return tests;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
