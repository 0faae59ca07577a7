import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { watchLedger } from "./faults/ledger.ts";
import { KEY, type RunningGateway, startGateway } from "./support/gateway.ts";

/** The TypeScript examples, each in a process of its own, as it stands: only the address and the key are the test's. */
const FOLDER = join(import.meta.dir, "..", "examples", "typescript");

// Up to six processes a test, each of which reads a whole SDK.
setDefaultTimeout(60_000);

/** As a newcomer meets it: the simulator answers for every provider. And as it is where two of them are ill. */
let gateway: RunningGateway;
let ill: ReturnType<typeof Bun.serve>;
let among: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { simulate: "always" } });
  const body = { error: { message: "We are ill.", type: "server_error", code: null, param: null } };
  ill = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => Response.json(body, { status: Number(/\d{3}/.exec(new URL(url).pathname)![0]) }),
  });
  const at = (status: number) => ({ api_key: "sk-test-ill", base_url: `http://127.0.0.1:${ill.port}/${status}` });
  among = await startGateway({ config: { providers: { openai: at(503), mistral: at(429) } } });
});
afterAll(async () => {
  await gateway.stop();
  await among.stop();
  await ill.stop(true);
});

interface Setting {
  /** What stands behind the example's name on the command line. */
  args?: string[];
  key?: string;
  at?: RunningGateway;
}

/** What an example prints, in lines. Throws unless it ends well. */
async function linesOf(name: string, { args = [], key = KEY, at = gateway }: Setting = {}): Promise<string[]> {
  const child = Bun.spawn([process.execPath, join(FOLDER, `${name}.ts`), ...args], {
    env: {
      PATH: process.env.PATH,
      AI_GATEWAY_API_KEY: key,
      AI_GATEWAY_BASE_URL: `${at.url}/v1`,
      ANTHROPIC_BASE_URL: at.url,
      AI_SDK_BASE_URL: `${at.url}/v4/ai`,
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [printed, complained, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(complained);
  return printed.trimEnd().split("\n");
}

/** The row that a line of an example names: `Generation: gen_…`. */
const rowOf = (line: string | undefined) => gateway.row(/^Generation: (gen_\w+)$/.exec(line!)![1]!)!;

const answered = (prompt: string) => expect.stringContaining(`You wrote: "${prompt}". This answer is simulated`);

describe("OpenAI's client", () => {
  test("chat", async () => {
    const [text, tokens] = await linesOf("openai/chat");
    expect(text).toEqual(answered("Hello, how are you?"));
    expect(tokens).toMatch(/^Tokens: [1-9]\d*$/);
  });

  test("streaming", async () => {
    expect(await linesOf("openai/streaming")).toEqual([answered("Write a story")]);
  });

  test("model-fallbacks: the one that answered is named", async () => {
    expect(await linesOf("openai/model-fallbacks")).toEqual(["Model used: openai/gpt-5"]);
    expect(await linesOf("openai/model-fallbacks", { at: among })).toEqual(["Model used: anthropic/claude-sonnet-4"]);
  });

  test("provider-options: the row has what it is filed under", async () => {
    const [provider, cost, generation] = await linesOf("openai/provider-options");
    expect(provider).toMatch(/^Served by: (vertex|anthropic)$/);
    expect(cost).toMatch(/^Cost: 0\.\d+$/);
    expect(rowOf(generation)).toMatchObject({ user: "user-123", tags: '["examples","typescript"]' });
  });

  test("app-attribution: the row says which app asked", async () => {
    const [generation] = await linesOf("openai/app-attribution");
    expect(rowOf(generation)).toMatchObject({ appUrl: "https://myapp.vercel.app", appTitle: "MyApp" });
  });

  test("embeddings", async () => {
    const several = [0, 1, 2].map((index) => `Index ${index}: 1536 dims`);
    expect(await linesOf("openai/embeddings")).toEqual(["Dimensions: 1536", ...several]);
  });

  test("tools", async () => {
    const [call, text] = await linesOf("openai/tools");
    expect(call).toMatch(/^get_weather\("\w+"\)$/);
    expect(text).toContain("7 degrees and rain");
  });

  test("structured-output", async () => {
    expect(await linesOf("openai/structured-output")).toEqual([expect.stringMatching(/^.+: [1-9]\d* guests$/)]);
  });

  test("responses", async () => {
    const [text, tokens] = await linesOf("openai/responses");
    expect(text).toEqual(answered("Hello"));
    expect(tokens).toMatch(/^Tokens: [1-9]\d*$/);
  });

  test("error-handling: each class of error", async () => {
    expect(await linesOf("openai/error-handling")).toEqual([answered("Hello")]);
    expect(await linesOf("openai/error-handling", { key: "wrong" })).toEqual(["Invalid API key"]);
    const limited = await linesOf("openai/error-handling", { at: among, args: ["mistral/mistral-large-3"] });
    expect(limited).toEqual(["Rate limited - Gateway auto-retries"]);
    const down = await linesOf("openai/error-handling", { at: among, args: ["openai/gpt-5"] });
    expect(down).toEqual([expect.stringMatching(/^API error: 503 - 503 .+/)]);
    const unknown = await linesOf("openai/error-handling", { args: ["nobody/nothing"] });
    expect(unknown).toEqual([expect.stringMatching(/^API error: 404 - 404 .*nobody\/nothing/)]);
  });

  test("abort: what was read by then is all that there is", async () => {
    const ledger = watchLedger(gateway);
    const [text, end] = await linesOf("openai/abort", { args: ["[sim tokens=endless every=1ms]"] });
    expect([text!.length > 0, end]).toEqual([true, "Aborted"]);
    expect(await ledger.at(0)).toMatchObject({ error: "client_closed", streamed: true });
  });
});

describe("Anthropic's client", () => {
  test("messages, of a model of another maker", async () => {
    const [text, tokens] = await linesOf("anthropic/messages");
    expect(text).toEqual(answered("Hello, how are you?"));
    expect(tokens).toMatch(/^Tokens: [1-9]\d* in, [1-9]\d* out$/);
  });

  test("streaming", async () => {
    const [text, reason] = await linesOf("anthropic/streaming");
    expect([text, reason]).toEqual([answered("Write a story"), "(end_turn)"]);
  });

  test("tools", async () => {
    const [call, text] = await linesOf("anthropic/tools");
    expect(call).toMatch(/^get_weather\("\w+"\)$/);
    expect(text).toContain("7 degrees and rain");
  });

  test("structured-output", async () => {
    expect(await linesOf("anthropic/structured-output")).toEqual([expect.stringMatching(/^.+: [1-9]\d* guests$/)]);
  });

  test("provider-options: the one that answered is named, the row has what it is filed under", async () => {
    const [model, generation] = await linesOf("anthropic/provider-options");
    expect(model).toBe("Model used: openai/gpt-5");
    expect(rowOf(generation)).toMatchObject({ user: "user-123", tags: '["examples","typescript"]' });
    const [other] = await linesOf("anthropic/provider-options", { at: among });
    expect(other).toBe("Model used: anthropic/claude-sonnet-4");
  });

  test("count-tokens", async () => {
    expect(await linesOf("anthropic/count-tokens")).toEqual([expect.stringMatching(/^Tokens: [1-9]\d*$/)]);
  });

  test("error-handling: each class of error", async () => {
    expect(await linesOf("anthropic/error-handling")).toEqual(["end_turn"]);
    expect(await linesOf("anthropic/error-handling", { key: "wrong" })).toEqual(["Invalid API key"]);
    const limited = await linesOf("anthropic/error-handling", { at: among, args: ["mistral/mistral-large-3"] });
    expect(limited).toEqual(["Rate limited - Gateway auto-retries"]);
    const down = await linesOf("anthropic/error-handling", { at: among, args: ["openai/gpt-5"] });
    expect(down).toEqual([expect.stringMatching(/^API error: 503 - 503 .+/)]);
  });
});

describe("the AI SDK", () => {
  test("generate-text", async () => {
    const [text, tokens] = await linesOf("ai-sdk/generate-text");
    expect(text).toEqual(answered("Hello, how are you?"));
    expect(tokens).toMatch(/^Tokens: [1-9]\d*$/);
  });

  test("stream-text", async () => {
    expect(await linesOf("ai-sdk/stream-text")).toEqual([answered("Write a story")]);
  });

  test("provider-options: the one that answered is named, the row has what it is filed under", async () => {
    const [model, provider, cost, generation] = await linesOf("ai-sdk/provider-options");
    expect([model, provider]).toEqual(["Model used: openai/gpt-5", "Served by: openai"]);
    expect(cost).toMatch(/^Cost: 0\.\d+$/);
    expect(rowOf(generation)).toMatchObject({ user: "user-123", tags: '["examples","typescript"]' });
    const [other] = await linesOf("ai-sdk/provider-options", { at: among });
    expect(other).toBe("Model used: anthropic/claude-sonnet-4");
  });

  test("embeddings", async () => {
    const several = [0, 1, 2].map((index) => `Index ${index}: 1536 dims`);
    expect(await linesOf("ai-sdk/embeddings")).toEqual(["Dimensions: 1536", ...several]);
  });

  test("tools", async () => {
    const [call, text, steps] = await linesOf("ai-sdk/tools");
    expect(call).toMatch(/^get_weather\("\w+"\)$/);
    expect(text).toContain("7 degrees and rain");
    expect(steps).toBe("Steps: 2");
  });

  test("structured-output", async () => {
    expect(await linesOf("ai-sdk/structured-output")).toEqual([expect.stringMatching(/^.+: [1-9]\d* guests$/)]);
  });

  test("error-handling: each class of error", async () => {
    expect(await linesOf("ai-sdk/error-handling")).toEqual([answered("Hello")]);
    expect(await linesOf("ai-sdk/error-handling", { key: "wrong" })).toEqual(["Invalid API key"]);
    const limited = await linesOf("ai-sdk/error-handling", { at: among, args: ["mistral/mistral-large-3"] });
    expect(limited).toEqual(["Rate limited - Gateway auto-retries"]);
    const down = await linesOf("ai-sdk/error-handling", { at: among, args: ["openai/gpt-5"] });
    expect(down).toEqual([expect.stringMatching(/^API error: 503 - .+/)]);
    const unknown = await linesOf("ai-sdk/error-handling", { args: ["nobody/nothing"] });
    expect(unknown).toEqual([expect.stringMatching(/^No such model: .*nobody\/nothing/)]);
  });

  test("abort: what was read by then is all that there is", async () => {
    const ledger = watchLedger(gateway);
    const [text, end] = await linesOf("ai-sdk/abort", { args: ["[sim tokens=endless every=1ms]"] });
    expect([text!.length > 0, end]).toEqual([true, "Aborted"]);
    expect(await ledger.at(0)).toMatchObject({ error: "client_closed", streamed: true });
  });

  test("models", async () => {
    const [many, sonnet] = await linesOf("ai-sdk/models");
    expect(many).toMatch(/^[1-9]\d+ models$/);
    expect(sonnet).toBe("Claude Sonnet 4: $0.000003 per token");
  });
});

test("are all asked here, and run in Node as well: nothing of Bun's is in them", async () => {
  const own = await Bun.file(import.meta.path).text();
  const names = [...new Bun.Glob("*/*.ts").scanSync({ cwd: FOLDER })];
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    expect(own).toContain(`linesOf("${name.replace(".ts", "")}"`);
    expect(await Bun.file(join(FOLDER, name)).text()).not.toMatch(/\bBun\b|import\.meta\.dir/);
  }
});
